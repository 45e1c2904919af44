"""The resources server of NeMo Gym: its own web application grades the exported rows."""

import json
from unittest.mock import MagicMock

import pytest
from exported_tasks import export

from ferrule.rewards.known_answers import reference_answer, stub_answer

pytestmark = pytest.mark.rewards


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    return export(tmp_path_factory.mktemp("exported"))


def test_references_and_stubs(exports, monkeypatch):
    from fastapi.testclient import TestClient
    from nemo_gym.base_resources_server import BaseResourcesServerConfig, BaseRunRequest
    from nemo_gym.server_utils import ServerClient

    from ferrule.rewards.grader import default_grader
    from ferrule.rewards.nemo_gym import FerruleServer

    monkeypatch.setenv("FERRULE_TASKS", str(exports.parent / "tasks"))
    # The client would talk to other servers, which `verify` does not.
    server = FerruleServer(
        config=BaseResourcesServerConfig(host="127.0.0.1", port=0, entrypoint="app.py", name="ferrule"),
        server_client=MagicMock(spec=ServerClient),
    )
    rows = [json.loads(line) for line in (exports / "nemo_gym/train.jsonl").read_text().splitlines()]
    grader = default_grader()
    with TestClient(server.setup_webserver()) as client:
        for row in rows:
            BaseRunRequest.model_validate(row)
            task = grader.tasks[row["verifier_metadata"]["task_id"]]
            for answer, reward in ((reference_answer(task), 1), (stub_answer(task), 0)):
                found = client.post("/verify", json=row | {"response": response(answer)})
                assert found.status_code == 200, found.text
                verdict = found.json()
                assert (verdict["reward"], verdict["tests_passed"]) == (reward, reward)
                assert verdict["compiles"] and verdict["graded"]
        unknown = rows[0] | {"verifier_metadata": {"task_id": "x"}, "response": response("")}
        assert client.post("/verify", json=unknown).json()["graded"] is False
    grader.close()


def response(text):
    content = [dict(annotations=[], text=text, type="output_text")]
    message = dict(id="m", content=content, role="assistant", status="completed", type="message")
    return dict(
        id="r",
        created_at=0.0,
        model="none",
        object="response",
        output=[message],
        parallel_tool_calls=False,
        tool_choice="none",
        tools=[],
    )
