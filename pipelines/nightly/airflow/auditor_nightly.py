"""One night of the radiology pathway auditor as an Airflow DAG: see README.md beside it."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PROGRAM = os.environ.get("AUDITOR_PROGRAM", "/opt/auditor/bin/auditor")
SITE = os.environ.get("AUDITOR_SITE", "/etc/auditor/site.toml")

# Wrong settings, an unreadable export, a check that stopped the night: trying again mends none.
NOT_TRIED_AGAIN = frozenset({2, 3, 4})


@dag(
    dag_id="auditor_nightly",
    description="New exports in, checks, ledger, workbook",
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=8),
    tags=["quality"],
)
def auditor_nightly() -> None:
    """One task: the command, and what becomes of its exit code."""

    @task(retries=1, retry_delay=timedelta(hours=1), execution_timeout=timedelta(hours=6))
    def night() -> None:
        code = subprocess.run([PROGRAM, "nightly", SITE], check=False).returncode  # noqa: S603
        if code in NOT_TRIED_AGAIN:
            raise AirflowFailException(f"The night ended with exit code {code}.")
        if code:
            raise AirflowException(f"The night ended with exit code {code}.")

    night()


night_dag = auditor_nightly()
