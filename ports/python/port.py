#!/usr/bin/env python3
"""The port program from the source tree: `python -m relogin` without an installation."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "src"))

from relogin.__main__ import main

sys.exit(main())
