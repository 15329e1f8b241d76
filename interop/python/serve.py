"""Runs models in one Python runtime: `python serve.py NAME`.

Requests come as lines of JSON on standard input and are answered by lines of JSON on standard output; see ../README.md, "Protocol".
"""

import json
import sys

from runtimes.table import RUNTIMES


def answer(runtime, request):
    try:
        for run in request["runs"]:
            runtime.run(request["model"], run)
        return {"id": request["id"]}
    except Exception as error:  # whatever a runtime throws is an answer
        return {"id": request["id"], "error": f"{type(error).__name__}: {error}"}


def main():
    runtime = RUNTIMES[sys.argv[1]]()
    # Libraries print to standard output now and then: what is not an answer goes to standard error.
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"version": runtime.version}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(runtime, json.loads(line))), file=answers, flush=True)


main()
