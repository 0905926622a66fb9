"""Very many tenants: the memory of each, and that a rescan of twice as many takes about twice as long."""

import time
from pathlib import Path

from tests.bench.tenants import bytes_each, load, written


def test_a_tenant_at_rest_is_under_two_kibibytes(tmp_path: Path) -> None:
    assert bytes_each(tmp_path, written(tmp_path, 500)) < 2048


def test_an_unchanged_rescan_grows_with_the_number_of_tenants_and_no_faster(tmp_path: Path) -> None:
    spent = {}
    for tenants in (300, 3000):
        directory = tmp_path / str(tenants)
        directory.mkdir()
        living, _ = load(directory, written(directory, tenants))
        begun = time.process_time()
        assert not living.rescan()
        spent[tenants] = time.process_time() - begun
    # quadratic would be a hundred times; the margin is for a loaded machine
    assert spent[3000] < 20 * spent[300]
