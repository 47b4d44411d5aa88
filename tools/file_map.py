"""The map of the modules, from the first lines of their docstrings.

python tools/file_map.py > docs/files.md
"""

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDERS = ("magpie", "ingest", "retrieval", "agent", "eval", "ui", "bench", "tools")
HEADER = """# The files

One line a module, from its docstring; made by `python tools/file_map.py > docs/files.md`.
"""


def file_map() -> str:
    """The whole page, as Markdown."""
    return "\n".join([HEADER, *map(_folder, FOLDERS)])


def _folder(name: str) -> str:
    lines = [f"## {name}\n"]
    for path in sorted((REPOSITORY / name).rglob("*.py")):
        words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        place = path.relative_to(REPOSITORY).as_posix()
        lines.append(f"- [`{place}`](../{place}): {_first_sentence(words)}")
    return "\n".join(lines) + "\n"


def _first_sentence(words: str) -> str:
    paragraph = " ".join(words.strip().split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", paragraph)[0].rstrip(".:")


if __name__ == "__main__":
    print(file_map(), end="")
