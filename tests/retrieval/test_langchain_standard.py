"""LangChain's own tests of retrievers, over ours."""

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from retrieval.langchain_retriever import MagpieRetriever


class TestMagpieRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _home(self, toys):
        self.settings = toys

    @property
    def retriever_constructor(self):
        return MagpieRetriever

    @property
    def retriever_constructor_params(self):
        return {"settings": self.settings}

    @property
    def retriever_query_example(self):
        return "a red cube or ball"
