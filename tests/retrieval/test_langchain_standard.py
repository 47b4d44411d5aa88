"""LangChain's own tests of retrievers, over ours; they come with the package langchain-tests."""

import pytest

standard = pytest.importorskip(
    "langchain_tests.integration_tests", reason="needs the package langchain-tests"
)

from retrieval.langchain_retriever import MagpieRetriever  # noqa: E402 (nothing to test without the package)


class TestMagpieRetriever(standard.RetrieversIntegrationTests):
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
