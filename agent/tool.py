"""What a tool is: data, with a name, a description, an argument model and a function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from agent.arguments import Args
from agent.findings import Failed, Finding
from agent.plan import Call
from magpie.errors import MagpieError

A = TypeVar("A", bound=Args)


@dataclass(frozen=True)
class Tool(Generic[A]):
    """``title`` is what a person reads while it runs."""

    name: str
    title: str
    description: str
    args: type[A]
    run: Callable[[A], Finding]

    def call(self, args: Args) -> Finding:
        """Run; an error that people can fix comes back as `Failed`.

        Raises `TypeError` for another tool's arguments.
        """
        if not isinstance(args, self.args):
            raise TypeError(f"{self.name} takes {self.args.__name__}, not {type(args).__name__}")
        try:
            return self.run(args)
        except MagpieError as error:
            return Failed(tool=self.name, problem=str(error))


@dataclass(frozen=True)
class Toolbox:
    """The tools by name."""

    tools: Mapping[str, Tool[Any]]

    def call(self, call: Call) -> Finding:
        return self.tools[call.tool].call(call.args)

    def title(self, call: Call) -> str:
        return self.tools[call.tool].title
