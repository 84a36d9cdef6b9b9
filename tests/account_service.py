"""STS, IAM, SES, SMS and Pinpoint as far as somebody asks them about an account; each answer can be another one."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WHO = """<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>U</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
MAY = """<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>{members}</EvaluationResults>
</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"""
MEMBER = "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision></member>"
ROLE = "arn:aws:sts::123456789012:assumed-role/sender/somebody"


def refusal(status, code, message="no"):
    """An answer that refuses, in the form of those that speak JSON."""
    return status, json.dumps({"__type": code, "code": code, "message": message})


def refusal_in_xml(status, code, message="no"):
    return status, f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


def who(arn=ROLE):
    return 200, WHO.format(arn=arn)


def may(**decisions):
    members = "".join(
        MEMBER.format(action=action.replace("_", ":"), decision=decision) for action, decision in decisions.items()
    )
    return 200, MAY.format(members=members)


class AccountService:
    """Answers on loopback; `answers` has them by the words of the requests that they belong to, `asked` what came."""

    def __init__(self):
        self.asked = []
        self.answers = {
            "GetCallerIdentity": who(),
            "SimulatePrincipalPolicy": may(mobiletargeting_SendMessages="allowed"),
            "/v1/apps/": (200, json.dumps({"Id": "app-1", "Arn": "a", "Name": "Shop"})),
            "/v2/email/account": (200, json.dumps({"SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0}})),
            "DescribeAccountAttributes": (
                200,
                json.dumps({"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]}),
            ),
        }

    def __enter__(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                asked = " ".join([self.path, self.headers.get("X-Amz-Target", ""), body])
                service.asked.append(asked)
                status, text = next(answer for words, answer in service.answers.items() if words in asked)
                content = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST  # noqa: N815 - http.server looks for that name

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
