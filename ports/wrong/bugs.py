"""What a bug is made of: the Python port, a register of bugs, and the few words that they share."""

import json
import pathlib
import re
import sys
import types

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python" / "src"))

from relogin import _rules as port  # where bugs are put in

right = types.SimpleNamespace(**vars(port))  # as it was before

PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")

BUGS = {}  # name: (the level it claims, {what it replaces in the Python port: by what})


def replaces(target, level="hardening", **also):
    """Register the function below as a bug, by its name with hyphens: it replaces `target` of the Python port."""

    def register(function):
        BUGS[function.__name__.replace("_", "-")] = (level, {target: function, **also})
        return function

    return register


def register_all(replacements):
    """Register bugs that have no function of their own: {name: {what it replaces: by what}}."""
    BUGS.update({name: ("hardening", of_port) for name, of_port in replacements.items()})


def nothing(digits):
    return None


def decoder(**habits):
    """Return the decoder of the Python port with another habit."""
    return json.JSONDecoder(**{"parse_int": nothing, "parse_float": nothing, "parse_constant": right.refuse, **habits})
