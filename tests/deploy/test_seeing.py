"""Dashboards and alerts ask for metrics that there are, by labels that they have."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from service.api.problems import STATUS
from tests.deploy.manifests import DEPLOY, program

if TYPE_CHECKING:
    from tests.conftest import Installation

OF_OTHERS = {"up", "probe_ssl_earliest_cert_expiry"}
"""Prometheus' own, and the blackbox exporter's."""
WORDS = {"sum", "rate", "by", "le", "increase", "delta", "time", "topk", "min", "max", "histogram_quantile"}
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "tilegate.json").read_text())
RULES = {rule["alert"]: rule for group in ALERTS["groups"] for rule in group["rules"]}
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
QUERIES = {name: rule["expr"] for name, rule in RULES.items()}
QUERIES |= {
    f"{title} {target['refId']}": target["expr"] for title, panel in PANELS.items() for target in panel["targets"]
}


def names_in(query: str) -> set[str]:
    """The metrics of a query: its words, without what is in braces, brackets and quotes."""
    bare = re.sub(r"by \([^)]*\)|\{[^}]*\}|\[[^\]]*\]", "", re.sub(r'"[^"]*"', '""', query))
    return set(re.findall(r"[a-z_]{2,}", bare)) - WORDS


async def test_every_metric_that_is_asked_for_exists(service: Installation) -> None:
    await service.add_link()
    await service.post("share.link.get", link_id="lnk_nothing")
    told = await (await service.client.get("/metrics")).text()
    there = {line.partition("{")[0].split()[0] for line in told.splitlines() if not line.startswith("#")}
    declared = set(re.findall(r"^# TYPE (\S+) ", told, re.MULTILINE))
    assert "tilegate_requests_total" in there
    asked = {name for query in QUERIES.values() for name in names_in(query)}
    assert asked - OF_OTHERS - there - declared == set()
    app = service.client.app
    assert app is not None
    routes = {resource.canonical for resource in app.router.resources()}
    for query in QUERIES.values():
        assert set(re.findall(r'route="([^"]+)"', query)) <= routes
        assert set(re.findall(r'code="([^"]+)"', query)) <= set(STATUS)


def test_everything_that_the_service_measures_is_on_the_dashboard() -> None:
    shown = {
        name for title, panel in PANELS.items() for target in panel["targets"] for name in names_in(target["expr"])
    }
    assert shown >= {
        "tilegate_requests_total",
        "tilegate_request_seconds_bucket",
        "tilegate_errors_total",
        "tilegate_renders_metered_total",
        "tilegate_renders_waiting",
        "tilegate_render_threads_stuck",
        "tilegate_shared_tile_cache_failures",
        "tilegate_events_dropped",
        "tilegate_over_counted_at_most_total",
        "tilegate_letter_waiting_seconds",
        "tilegate_data_free_bytes",
    }


def test_panels_lie_beside_each_other() -> None:
    places = [[panel["gridPos"][part] for part in "xywh"] for panel in PANELS.values()]
    cells = [(x + dx, y + dy) for x, y, w, h in places for dx in range(w) for dy in range(h)]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_an_alert_says_how_grave_it_is_and_what_is_so(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]


@pytest.mark.parametrize(
    "words",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
    ],
    ids=" ".join,
)
def test_prometheus_takes_the_rules_and_each_fires_when_it_should(words: tuple[str, ...]) -> None:
    promtool = program("promtool")
    if promtool is None:
        pytest.skip("promtool is not here")
    done = subprocess.run([promtool, *words], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
