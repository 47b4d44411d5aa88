"""A report -> one HTML page that needs nothing but itself, and is read without its script."""

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from ingest.page import wording
from ingest.page.build import Report
from magpie.optional import require

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE = "report.html"
STYLE = "report.css"


def html(report: Report) -> str:
    """The page. All that is not in the template itself is escaped, and no text of it can run or be fetched.

    The policy at its top allows this very style and script, by their digests, and no address but ``data:``.
    """
    style = files(__package__).joinpath(STYLE).read_text("utf-8")
    return _environment().get_template(TEMPLATE).render(report=report, style=style).lstrip()


def _environment() -> "Environment":
    require("jinja2", extra="ingest")
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__package__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=wording.number,
        counted=wording.counted,
        share=wording.share,
        size=wording.size,
        moment=wording.moment,
        day=wording.day,
        heading=wording.heading,
        digest=_digest,
    )
    return environment


def _digest(content: str) -> str:
    """A Content-Security-Policy source that allows exactly this text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
