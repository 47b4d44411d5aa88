"""``kill -9`` ten times during an ingest of 2,000 tokens: the same dataset, hardly a file fetched twice."""

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from PIL import Image

from agent.devchain.gateway import Gateway
from agent.devchain.publish import publish
from ingest.ports import RawToken
from magpie.catalog import Catalog
from magpie.layout import DASHBOARD

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]

TOKENS, KILLS, AT_A_TIME = 2_000, 10, 16
IDS = [3 * each + 5 for each in range(TOKENS)]  # 0 and 1 are nobody's, so that the events are read too
# Fetched and not yet on disk when a run is killed: what is being fetched, and what waits for the workers.
IN_FLIGHT = 2 * (AT_A_TIME + 100)


class Tiles:
    """Each token a picture of its own, a few bytes large."""

    def items(self):
        for token_id in IDS:
            picture = io.BytesIO()
            Image.new("RGB", (2, 2), (token_id % 256, token_id // 256, 128)).save(picture, "PNG")
            record = {
                "name": f"Tile #{token_id}",
                "attributes": [{"trait_type": "Row", "value": token_id // 100}],
            }
            yield RawToken(token_id, record, picture.getvalue, f"{token_id}.png")


@pytest.fixture(scope="module")
def published():
    return publish(Tiles(), suffix=".json")


@pytest.fixture(scope="module")
def world(chain, deploy, published):
    """The command that ingests the collection, and its gateway."""
    tiles = deploy(chain, IDS, base=published.base_uri, suffix=".json", name="Killed Tiles")
    with Gateway(published.files) as gateway:
        environment = {
            **os.environ,
            **chain.environment(),
            "MAGPIE_IPFS_GATEWAYS": json.dumps([gateway.url]),
            "MAGPIE_FETCH_CONCURRENCY": str(AT_A_TIME),
        }

        def start(home):
            command = [sys.executable, "-m", "ui.cli", "ingest", "chain", tiles.name, "--home", str(home)]
            return subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )

        yield start, gateway


def finish(running):
    _, errors = running.communicate(timeout=600)
    assert running.returncode == 0, errors


def dataset(home):
    """The digest of every file, hidden ones too; of the dashboard without the time of the run."""
    found = {}
    for path in sorted((home / "dataset").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.name == DASHBOARD:
                board = json.loads(content)
                assert board.pop("snapshot_time")
                content = json.dumps(board).encode()
            found[str(path.relative_to(home))] = hashlib.sha256(content).hexdigest()
    return found


def tokens(home):
    with Catalog(home / "catalog.sqlite") as catalog:
        return sorted((token.ref.token_id, token.model_dump_json()) for token in catalog.iter_tokens())


def test_ten_kills_change_nothing_and_fetch_hardly_anything_twice(world, tmp_path):
    start, gateway = world
    finish(start(tmp_path / "whole"))
    files = Counter({path: count for path, count in gateway.requests.items() if count == 1})
    assert len(files) >= 2 * TOKENS
    gateway.requests.clear()

    moments = sorted(random.Random(9).sample(range(2 * TOKENS), KILLS))
    for moment in moments:
        running = start(tmp_path / "killed")
        while gateway.requests.total() < moment and running.poll() is None:
            time.sleep(0.01)
        assert running.poll() is None, running.communicate()[1]
        running.send_signal(signal.SIGKILL)
        running.communicate()
    assert not (tmp_path / "killed" / "dataset" / "Killed Tiles" / DASHBOARD).exists()
    finish(start(tmp_path / "killed"))

    assert dataset(tmp_path / "killed") == dataset(tmp_path / "whole")
    assert tokens(tmp_path / "killed") == tokens(tmp_path / "whole")
    assert len(dataset(tmp_path / "whole")) > 4 * TOKENS
    again = sum(gateway.requests[path] - 1 for path in files)
    assert all(gateway.requests[path] >= 1 for path in files)
    assert again <= KILLS * IN_FLIGHT
