"""The interface of the package, its examples, and the reading of requests.

The corpus tests the rules: relogin check --port 'python3 port.py'.
"""

import dataclasses
import doctest
import email.message
import json
import pathlib
import sys
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "src"))

import relogin
from relogin import __main__ as port
from relogin import _rules

REQUEST = {
    "cmd": "parse",
    "seq": 7,
    "status": 503,
    "content_type": None,
    "headers": {"RETRY-AFTER": ["9"]},
    "body": "e30=",
    "profile": {"product": "P", "other_clients": "o", "sign_in": "s", "fallback_code": "f", "more": 1},
    "secrets": [],
    "more": [],
}


def line(remove=(), **changes):
    return json.dumps({name: value for name, value in {**REQUEST, **changes}.items() if name not in remove}).encode()


class Interface(unittest.TestCase):
    def test_examples(self):
        for failed, attempted in (
            doctest.testmod(relogin),
            doctest.testfile(str(HERE / "README.md"), module_relative=False),
        ):
            self.assertEqual(failed, 0)
            self.assertGreater(attempted, 0)

    def test_failures_and_profiles_are_frozen(self):
        failure = relogin.classify(400, b"")
        for instance, field in ((failure, "code"), (relogin.GENERIC, "product"), (relogin.CODEX, "product")):
            with self.assertRaises(dataclasses.FrozenInstanceError):
                setattr(instance, field, "x")

    def test_kinds_of_headers(self):
        form = "application/x-www-form-urlencoded"
        message = email.message.Message()
        message["Retry-After"], message["Content-Type"] = "7", form
        multi = types.SimpleNamespace(multi_items=lambda: [("retry-after", "7"), ("retry-after", "9"), ("content-type", form)])
        for headers in (
            {"Retry-After": "7", "content-type": form},
            {"Retry-After": ["7", "9"], "content-type": [form]},
            [("Retry-After", "7"), ("RETRY-AFTER", "9"), ("Content-Type", form)],
            message,
            multi,
        ):
            failure = relogin.classify(503, b"error=invalid_grant", headers=headers)
            self.assertEqual((failure.code, failure.retry_after), ("invalid_grant", 7), headers)

    def test_a_content_type_stands_above_that_of_the_headers(self):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        failure = relogin.classify(400, b"error=invalid_grant", headers=headers, content_type="text/plain")
        self.assertEqual(failure.code, "token_refresh_failed")

    def test_kinds_of_bodies(self):
        body = b'{"error": "invalid_grant"}'
        for each in (body, bytearray(body), memoryview(body), body.decode()):
            self.assertEqual(relogin.classify(400, each).action, "relogin")
        self.assertEqual(relogin.classify(400, '{"error_description": "\ud800"}').description, "\ufffd")

    def test_wrong_arguments(self):
        for arguments, options, error, sentence in (
            (("400", b""), {}, TypeError, "The status is of type str"),
            ((True, b""), {}, TypeError, "The status is a bool"),
            ((400.0, b""), {}, TypeError, "The status is of type float"),
            ((99, b""), {}, ValueError, "The status 99 is not"),
            ((1000, b""), {}, ValueError, "The status 1000 is not"),
            ((400, None), {}, TypeError, "The body is None"),
            ((400, {}), {}, TypeError, "The body is of type dict"),
            ((400, b""), {"content_type": 1}, TypeError, "The content_type is of type int"),
            ((400, b""), {"headers": "a: b"}, TypeError, "The headers are of type str"),
            ((400, b""), {"headers": 1}, TypeError, "The headers are of type int"),
            ((400, b""), {"headers": ["ab"]}, TypeError, "no pair"),
            ((400, b""), {"headers": {"Retry-After": 7}}, TypeError, "The value of the header 'Retry-After' is of type int"),
            ((400, b""), {"profile": "codex"}, TypeError, "The profile is of type str"),
            ((400, b""), {"secrets": "token"}, TypeError, "The secrets are of type str"),
            ((400, b""), {"secrets": None}, TypeError, "The secrets are None"),
            ((400, b""), {"secrets": [b"token"]}, TypeError, "One of the secrets is of type bytes"),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(error, f"{sentence}.*\\.$"):
                relogin.classify(*arguments, **options)
        with self.assertRaisesRegex(TypeError, "The profile's sign_in is None, not a string."):
            relogin.Profile("P", "o", None, "f")
        with self.assertRaisesRegex(TypeError, "The response is of type object, without"):
            relogin.classify_response(object())

    def test_a_secret_that_repeats_itself_takes_linear_time(self):
        text = "a" * 200_000
        # A quadratic search needs minutes; this needs a fraction of a second.
        failure = relogin.classify(400, json.dumps({"error_description": text}), secrets=[text[:100_000], "/" * 50_000])
        self.assertEqual(failure.description, "[redacted]")

    def test_a_secret_with_a_lone_surrogate(self):
        self.assertEqual(relogin.classify(400, '{"error_description": "x"}', secrets=["\ud800" * 8]).description, "x")

    def test_percent_encoded_secrets(self):
        clean = lambda text, *secrets: _rules.redact(text, _rules.usable_secrets(secrets))
        self.assertEqual(clean("a%2Fb%2fc%2Fd%2fe, A%2Fb%2fc%2Fd%2fe", "a/b/c/d/e"), "[redacted], A%2Fb%2fc%2Fd%2fe")
        # The digits after a % of the secret's own are not those of an escape.
        self.assertEqual(clean("%2Fabcdef %252fabcdef", "%2fabcdef"), "%2Fabcdef [redacted]")


class Port(unittest.TestCase):
    def test_hello(self):
        for request in (b'{"cmd":"hello","protocol":9}', b'{"cmd":"parse","cmd":"hello"}\n'):
            reply = port.answer(request, "hardening")
            self.assertEqual((reply["protocol"], len(reply["levels"]), len(reply["fields"])), (1, 3, 6))
        self.assertEqual(port.answer(b'{"cmd":"hello"}', "core")["levels"], ["core"])

    def test_parse(self):
        verdict = {
            "code": "f",
            "description": None,
            "action": "retry",
            "relogin_required": False,
            "message": "P token refresh failed with status 503.",
            "retry_after": 9,
        }
        self.assertEqual(port.answer(line(), "hardening"), {"seq": 7, "verdict": verdict})
        verdict["retry_after"] = None
        self.assertEqual(port.answer(line(remove=["headers"]), "hardening"), {"seq": 7, "verdict": verdict})
        twice = line(remove=["headers"]).replace(b'"status": 503', b'"status": 400, "status": 503')
        self.assertEqual(port.answer(twice, "hardening"), {"seq": 7, "verdict": verdict})

    def test_lines_without_a_request(self):
        lines = [b"", b"\n", b"[]", b"null", b"{", b'\xef\xbb\xbf{"cmd":"hello"}', b'{"cmd":"hello","x":"\xff"}']
        lines += [b'{"cmd":"parse"}', b'{"cmd":"hello","x":NaN}', line(seq=-1), line(seq="7"), line(seq=2**53), line(seq=None)]
        lines += [line().replace(b'"seq": 7', b'"seq": ' + seq) for seq in (b"7.0", b"7e0", b"0.7e1", b"-0", b"1" * 5000)]
        for each in lines:
            reply = port.answer(each, "hardening")
            self.assertEqual((reply["seq"], type(reply["error"])), (None, str), each)

    def test_other_broken_requests(self):
        profile = REQUEST["profile"]
        lines = [line(remove=[name]) for name in REQUEST if name not in ("seq", "headers", "more")]
        lines += [line(cmd="dance"), line(status=99), line(status=1000), line(status="503"), line(status=503.0), line(status=True)]
        lines += [line(content_type=1), line(body="e30"), line(body="e30=\n"), line(body="e31="), line(body="e$$="), line(body=None)]
        lines += [line(profile=None), line(profile={**profile, "sign_in": None}), line(profile={"product": "P"})]
        lines += [line(secrets=None), line(secrets="x"), line(secrets=[1]), line(headers=None), line(headers=[])]
        lines += [line(headers={"a": "b"}), line(headers={"a": [1]}), line(profile={**profile, "sign_in": 1})]
        for each in lines:
            reply = port.answer(each, "hardening")
            self.assertEqual((reply["seq"], type(reply.get("error"))), (7, str), each)


if __name__ == "__main__":
    unittest.main()
