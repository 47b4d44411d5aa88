"""``magpie demo``: sample data, index, local chain, a scripted conversation, then how to open the page."""

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""

    @app.command()
    def demo(home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
        """Build the sample, index it, and hold a conversation over it; a second run is quick."""
        from ui.console import errors, print_json, results
        from ui.demo import converse, local_chain, prepare, query_picture
        from ui.terminal import print_answer, print_asides, step_line

        settings = settings_from(home, config)
        say = errors()
        say.print(f"[bold]Magpie[/]: everything stays under {settings.home}", soft_wrap=True)
        prepare(settings)
        picture = query_picture(settings)
        say.print("[dim]starting a local development chain (not Ethereum mainnet) with sample tokens ...[/]")
        answers = []
        with local_chain(settings) as (connected, accounts):
            for turn, question, answer in converse(connected, accounts, picture):
                answers.append(answer.model_dump(mode="json"))
                if not as_json:
                    out = results()
                    out.rule(f"[bold]{turn.shows}[/]", align="left", style="dim")
                    out.print(f"[bold cyan]you[/]  {question}", soft_wrap=True)
                    for step in answer.steps:
                        out.print(f"     {step_line(step)}", style="dim", markup=False, soft_wrap=True)
                    out.print()
                    print_answer(out, answer, settings.dataset_dir)
                    print_asides(out, answer)
        if as_json:
            print_json(answers)
        _next_steps(str(settings.home) if home else None)


def _next_steps(home: str | None) -> None:
    from ui.console import errors

    flag = f" --home {home}" if home else ""
    say = errors()
    say.rule("now you")
    commands = {
        "make ui": f"the same agent in a page (or .venv/bin/magpie ui{flag})",
        f".venv/bin/magpie chat{flag}": "in this terminal",
        f".venv/bin/magpie devchain{flag}": "the local chain again, for ownership questions",
    }
    for command, what in commands.items():
        say.print(f"  {command:27} {what}", markup=False, soft_wrap=True)
