"""The alert rules by Prometheus' own tool: they can be read, and each is silent, then fires, as its test says."""

import re
import subprocess

import pytest
import yaml

from tests.support.prometheus import SHIPPED, needs_prometheus

RULES = yaml.load((SHIPPED / "alerts.yml").read_text(), yaml.CSafeLoader)
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]


@needs_prometheus
@pytest.mark.parametrize(
    "command",
    [("check", "rules", "alerts.yml"), ("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")],
)
def test_promtool_accepts(command: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *command], cwd=SHIPPED, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_says_what_to_do_and_has_a_test() -> None:
    tested = set(re.findall(r'alertname="(\w+)"', (SHIPPED / "alerts_test.yml").read_text()))
    assert {alert["alert"] for alert in ALERTS} == tested
    for alert in ALERTS:
        assert alert["labels"]["severity"] in ("warning", "critical"), alert["alert"]
        for sentence in alert["annotations"].values():
            assert sentence.strip().endswith("."), alert["alert"]
        assert set(alert["annotations"]) == {"summary", "runbook"}
