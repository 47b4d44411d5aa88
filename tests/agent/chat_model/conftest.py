"""The shipped model, loaded once for all tests of chat models."""

import pytest

from agent.chat_model import LlamaChat
from magpie import models


@pytest.fixture(scope="session")
def weights():
    return models.find("smollm2-135m").path


@pytest.fixture(scope="session")
def llama(weights):
    model = LlamaChat(path=weights, n_ctx=256, max_tokens=12)
    yield model
    model.close()
