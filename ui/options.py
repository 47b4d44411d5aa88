"""Flags that several commands share, and the settings they give. Imports nothing heavy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from magpie.settings import Settings

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Where the dataset and indices live.", show_default="platform's")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file.", show_default="magpie.toml, if there is one")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
CollectionOption = Annotated[
    list[str] | None, typer.Option("--collection", "-c", help="Only this collection; repeat for more.")
]
ConversationOption = Annotated[
    str | None,
    typer.Option(
        "--conversation", help="Go on with this conversation, or begin it; see magpie conversations."
    ),
]


def settings_from(home: Path | None, config: Path | None, **flags: Any) -> "Settings":  # noqa: ANN401 (any setting)
    """The settings of one command: flags over environment over file over defaults."""
    from magpie.settings import load_settings

    return load_settings(config, {"home": home, **flags})
