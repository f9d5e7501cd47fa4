"""Where Fabric's executables are looked for, with programs that stand in their place."""

import os
from pathlib import Path

import pytest

from network import binaries, building
from network.errors import BinariesError

FABRIC = "#!/bin/sh\necho 'peer:'\necho ' Version: v9.8.7'\n"
OTHER = "#!/bin/sh\necho 'peer 1.0, a chat program'\n"


def fabric(folder: Path, *, peer: str = FABRIC, configuration: str | None = "config", without: str = "") -> Path:
    """Put programs with Fabric's names into a folder, and its configuration beside them."""
    folder.mkdir(parents=True)
    for command in binaries.COMMANDS:
        if command != without:
            (folder / command).write_text(peer)
            (folder / command).chmod(0o755)
    if configuration is not None:
        (folder.parent / configuration).mkdir(exist_ok=True)
        for name in binaries.CONFIGURATION:
            (folder.parent / configuration / name).write_text("{}")
    return folder


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"PATH": "/bin", "XDG_CACHE_HOME": str(tmp_path / "cache"), **more}


def test_what_is_named_comes_first(tmp_path: Path):
    named, on_path = fabric(tmp_path / "named" / "bin"), fabric(tmp_path / "path" / "bin")
    found = binaries.find(environment(tmp_path, FABRIC_BIN=str(named), PATH=f"{on_path}:/bin"))
    assert found is not None
    assert (found.folder, found.configuration, found.version) == (named, named.parent / "config", "9.8.7")
    assert found["orderer"] == str(named / "orderer")


def test_then_the_path_then_the_cache(tmp_path: Path):
    on_path = fabric(tmp_path / "path" / "bin", configuration="sampleconfig")
    cached = tmp_path / "cache" / "provenance" / "fabric" / binaries.VERSION
    fabric(cached, configuration=f"{binaries.VERSION}/config")
    both = binaries.find(environment(tmp_path, PATH=f"{on_path}:/bin"))
    assert both is not None
    assert both.folder == on_path
    alone = binaries.find(environment(tmp_path))
    assert alone is not None
    assert (alone.folder, alone.configuration) == (cached, cached / "config")


@pytest.mark.parametrize("lacks", [{"peer": OTHER}, {"configuration": None}, {"without": "osnadmin"}])
def test_what_is_not_all_of_fabric_on_the_path_is_passed_over(tmp_path: Path, lacks: dict[str, str]):
    on_path = fabric(tmp_path / "path" / "bin", **lacks)  # type: ignore[arg-type]
    assert binaries.find(environment(tmp_path, PATH=f"{on_path}:/bin")) is None


def test_configuration_may_be_elsewhere(tmp_path: Path):
    on_path = fabric(tmp_path / "path" / "bin", configuration=None)
    fabric(tmp_path / "other" / "bin")
    elsewhere = str(tmp_path / "other" / "config")
    found = binaries.find(environment(tmp_path, PATH=f"{on_path}:/bin", FABRIC_CFG_PATH=elsewhere))
    assert found is not None
    assert str(found.configuration) == elsewhere


def test_a_named_folder_that_is_not_fabrics_is_an_error(tmp_path: Path):
    named = fabric(tmp_path / "named" / "bin", without="cryptogen")
    with pytest.raises(BinariesError, match="FABRIC_BIN is") as caught:
        binaries.find(environment(tmp_path, FABRIC_BIN=str(named)))
    assert caught.value.code == "binaries.named"


def go(folder: Path, build: str) -> Path:
    """Put a Go into a folder that builds with these shell commands; `$out` is where to."""
    folder.mkdir()
    source = folder / "source"
    (source / "sampleconfig").mkdir(parents=True)
    for name in binaries.CONFIGURATION:
        (source / "sampleconfig" / name).write_text("{}")
    script = f"""#!/bin/sh
case "$1" in
version) echo "go version go1.26.8 linux/amd64" ;;
list) echo {source} ;;
build) while [ "$1" != -o ]; do shift; done; out=$2; {build} ;;
esac
"""
    (folder / "go").write_text(script)
    (folder / "go").chmod(0o755)
    return folder


def test_a_build_is_put_into_the_cache_and_used_from_then_on(tmp_path: Path):
    model = fabric(tmp_path / "model" / "bin")
    said: list[str] = []
    with_go = environment(tmp_path, PATH=f"{go(tmp_path / 'go', f'cp {model}/* $out')}:/bin:/usr/bin")
    found = binaries.ensure(said.append, with_go)
    assert found.folder == tmp_path / "cache" / "provenance" / "fabric" / binaries.VERSION
    assert any(binaries.VERSION in each for each in said)
    said.clear()
    assert binaries.ensure(said.append, with_go) == found
    assert said == []
    assert sorted(entry.name for entry in found.folder.parent.iterdir()) == [binaries.VERSION, "build.lock"]


def test_a_build_that_fails_leaves_nothing_and_says_why(tmp_path: Path):
    broken = go(tmp_path / "go", "cp /bin/sh $out/peer; echo 'undefined: consensus' >&2; exit 2")
    with pytest.raises(BinariesError, match="undefined: consensus") as caught:
        binaries.ensure(lambda _: None, environment(tmp_path, PATH=f"{broken}:/bin:/usr/bin"))
    assert caught.value.code == "binaries.build"
    assert [entry.name for entry in binaries.cache(environment(tmp_path)).iterdir()] == ["build.lock"]


def test_without_go_and_without_an_index_the_advice_is_clear(tmp_path: Path):
    nothing = environment(tmp_path, PATH=str(tmp_path), PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    said: list[str] = []
    with pytest.raises(BinariesError, match="FABRIC_BIN") as caught:
        binaries.ensure(said.append, nothing)
    assert caught.value.code == "binaries.go"
    assert building.GO_PACKAGE in said[0]


def test_the_source_is_pinned_by_checksums():
    folder = Path(building.__file__).parent / "go"
    required, sums = (folder / "go.mod").read_text(), (folder / "go.sum").read_text()
    version = "v1.4.0-rc1.0.20230401164317-bd8e24856939"
    assert f"{building.MODULE} {version}" in required
    assert f"{building.MODULE} {version} h1:" in sums
    assert all(f"{building.MODULE}/cmd/{command}" in required for command in binaries.COMMANDS)
