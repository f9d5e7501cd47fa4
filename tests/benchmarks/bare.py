"""A bare Flask view in the gateway's own server settings: what the speed of pages is compared with."""

import sys
from pathlib import Path
from typing import Any

from flask import Flask

from provenance import settings
from provenance.parts import Web


class Bare(Web):
    """The gateway's server with another application."""

    def load(self) -> Any:
        app = Flask(__name__)
        content = "x" * int(sys.argv[1])

        @app.get("/")
        def view() -> str:
            return content

        return app


if __name__ == "__main__":
    Bare(Path(), settings.read()).run()
