"""What no answer of the grid may be, whatever it was asked."""
import os

import schemathesis

COUNT = os.environ["GRID_FUZZ_COUNT"]
# Seed 001 says so that a compute is not defined; the others that something behind the grid is away, or did not do what it was told.
EXPECTED_5XX = {501, 502, 503, 504}


@schemathesis.hook
def after_call(context, case, response):
    with open(COUNT, "ab") as file:
        file.write(b".")


@schemathesis.check
def answers_well(ctx, response, case):
    status = response.status_code
    if status < 400:
        return
    said = f"{case.method} {case.path} answered {status}: {response.text[:500]}"
    assert status < 500 or status in EXPECTED_5XX, said
    if case.method.upper() == "HEAD":
        return
    content_type = ",".join(response.headers.get("content-type", []))
    assert "json" in content_type, f"no problem document ({content_type}): {said}"
    problem = response.json()
    for field in ("status", "code", "fix"):
        assert field in problem, f"no {field}: {said}"
    assert problem["status"] == status, f"another status: {said}"
    assert ("detail" in problem and "title" in problem) or ("message" in problem and "error" in problem), f"no message: {said}"
