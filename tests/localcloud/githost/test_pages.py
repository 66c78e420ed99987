"""What a person sees who clicks a link."""

from typing import Any


def test_a_repository_can_be_looked_at_without_signing_in(host: Any) -> None:
    repository, nobody = host.create(description="<b>Ours</b>"), host.other(None)
    assert b"Nothing has been pushed yet" in nobody.request("GET", f"/{repository}").body
    work = host.work(**{"README.md": "# Title <script>\n", "model.py": "print('hi')\n"})
    host.push(work, repository)
    head = host.git("rev-parse", "HEAD", folder=work).strip()

    page = nobody.request("GET", f"/{repository}").body.decode()

    assert "model.py" in page
    assert "Change README.md, model.py" in page
    assert "# Title &lt;script&gt;" in page
    assert "&lt;b&gt;Ours" in page
    assert b"print(" in nobody.request("GET", f"/{repository}/blob/main/model.py").body
    assert nobody.request("GET", f"/{repository}/raw/main/model.py").body == b"print('hi')\n"
    assert b"+print(" in nobody.request("GET", f"/{repository}/commit/{head}").body
    assert repository.encode() in nobody.request("GET", "/").body
    assert nobody.request("GET", "/example-org/missing").status == 404
