"""Where a setting comes from, and what is said of a bad one."""

import pytest

from magpie.errors import ConfigError
from magpie.settings import load_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_flags_win_over_environment_over_file_over_defaults(tmp_path, monkeypatch):
    assert load_settings().device == "cpu"
    (tmp_path / "magpie.toml").write_text('device = "file"\nllm = "file"\nthreads = 1\n')
    monkeypatch.setenv("MAGPIE_LLM", "environment")
    monkeypatch.setenv("MAGPIE_THREADS", "2")
    settings = load_settings(flags={"threads": 3})
    assert (settings.device, settings.llm, settings.threads) == ("file", "environment", 3)


def test_a_flag_that_was_not_given_does_not_hide_the_file(tmp_path):
    (tmp_path / "magpie.toml").write_text('device = "file"\n')
    assert load_settings(flags={"device": None}).device == "file"


def test_nodes_read_from_json_in_the_environment(monkeypatch):
    monkeypatch.setenv("MAGPIE_NODES", '{"eip155:1": ["https://node.example/key"]}')
    assert [str(url) for url in load_settings().nodes["eip155:1"]] == ["https://node.example/key"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("threads = -1", "threads"),
        ("colour = 'red'", "colour"),
        ("threads = [", "magpie.toml"),
        ("[nodes]\n'eip155:1' = ['not a url']", "nodes"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(tmp_path, text, named):
    (tmp_path / "magpie.toml").write_text(text)
    with pytest.raises(ConfigError, match=named) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_a_settings_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="--config"):
        load_settings(tmp_path / "none.toml")


def test_equal_settings_have_equal_json():
    assert load_settings().model_dump_json() == load_settings().model_dump_json()


def test_a_bad_setting_is_said_with_the_file_and_the_variable_to_fix(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[nodes]\n'eip155:1' = ['not a url']")
    with pytest.raises(ConfigError, match=r"mine\.toml or MAGPIE_NODES$"):
        load_settings(file)
    file.write_text("hme = 'x'")
    with pytest.raises(ConfigError, match=r"did you mean 'home'.*mine\.toml"):
        load_settings(file)


def test_an_empty_variable_is_not_set(monkeypatch):
    usual = load_settings().home
    monkeypatch.setenv("MAGPIE_HOME", "")
    assert load_settings().home == usual
