"""The background jobs of a process: polling sources, the sweep, photos, uploads, health. One thread each."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from dashboard.api.open311.service import SAVE_EVERY_S, IntakeHealth
from dashboard.backup.schedule import JOB as BACKUP_JOB
from dashboard.backup.schedule import PROOF
from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config
from dashboard.jobs import watcher
from dashboard.jobs.backup import Backups
from dashboard.jobs.mails import Mails
from dashboard.jobs.photos import fetcher
from dashboard.jobs.reports import ReportJob, Reports
from dashboard.jobs.uploads import uploader
from dashboard.mail.smtp import MailServer
from dashboard.messages.sender import senders
from dashboard.observability.health_monitor import HealthMonitor
from dashboard.observability.metrics import publish_pause_times
from dashboard.observability.part_health import PartHealth
from dashboard.portal.draft_photos import DraftPhotos
from dashboard.portal.erasing import erase_due
from dashboard.realtime.render_context import RenderContext
from dashboard.realtime.screen_minutes import ScreenMinutes
from dashboard.realtime.sockets import Sockets
from dashboard.server.companion import Companion
from data import clock
from data.domain.sla.terms import terms
from data.store.accounts import sent_commands
from data.store.cases.cases import newest_id
from data.store.citizens import drafts, inbound
from data.store.db import change_feed, wal
from data.store.db import jobs as job_states
from data.store.db.change_feed import latest, since
from data.store.db.engine import Connection, Engine, reading
from data.store.db.pacing import writing_then_resting
from data.store.escalation.steps import LadderRules
from data.store.geo import boundaries
from data.store.guide.agenda import Window
from data.store.history.history import History
from data.store.intake import hours
from data.store.queries.figures import baseline, pause_share
from data.store.reports import screens
from ingest.photos.storage import PhotoStorage
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime.escalator import Escalator
from ingest.runtime.guide_sweeper import sweep_guide
from ingest.runtime.map_placing import place_cases
from ingest.runtime.market_sweeper import sweep_market
from ingest.runtime.poller import poll
from ingest.runtime.process_files import owner_of
from ingest.runtime.sweeper import recompute_open_cases, sweep_once
from ingest.runtime.word_indexing import index_words
from ingest.settings import SourceContext
from ingest.source import Source
from ingest.sources.kinds import build

log = structlog.get_logger(__name__)
SWEEP_EVERY_S = 5.0
"""A sweep costs about 10 ms with 1,500 open cases. What it finds is dated when it took effect."""
SWEEP_LATE_S = 60.0
"""Then no warning and no breach is announced any more. A backlog after an outage takes several sweeps, not one."""
INTAKE_LATE_S = 60.0
"""It is also what tries to write when nobody reports anything."""
BASELINE_EVERY_S = 20.0
BASELINE_AFTER_S = 10.0
PAUSE_TIMES_EVERY_S = 60.0
IMPORTED = 500
"""So many new cases between two looks are an import."""
BOUNDARIES_EVERY_S = 10.0
WORDS_EVERY_S = 10.0
PHOTOS_EVERY_S = 10.0
SESSIONS_EVERY_S = 2.0
"""So long a page is sent something after its session has ended, at most."""
UPLOADS_EVERY_S = 1.0
"""A person waits for it; the query is cheap."""
REPORTS_EVERY_S = 2.0
"""Likewise."""
MESSAGES_EVERY_S = 1.0
ESCALATION_EVERY_S = 5.0
DRAFTS_EVERY_S = 3600.0
KEYS_LAST = timedelta(days=60)
"""So late a telephone or a gateway may send again what has arrived."""
PRIVACY_REST_S = 0.2
"""Between two transactions, so that others write."""
MAIL_EVERY_S = 15.0
BACKUP_EVERY_S = 60.0
WAL_EVERY_S = 60.0
RETENTION_EVERY_S = 86_400.0
RETENTION_AFTER_S = 600.0
OLD_BATCH = 1000
"""Rows deleted in one transaction."""
CHANGES_MOST = 10_000
SCREENS_EVERY_S = 20.0
HISTORY_EVERY_S = 3600.0
PERFORMANCE_EVERY_S = 5.0
HISTORY_AFTER_S = 10.0
"""So that nobody who asks for figures first waits until the columns are there."""
GRACE_S = 8.0
"""A source may answer after a minute; a service manager kills the process after 10 or 90 seconds."""
STOP_POLL_S = 0.2
"""Polled, because a signal handler that sets an event on which the same thread waits would hang."""


class Jobs:
    """Starts and stops them. Several processes may run the same jobs: leases keep them apart."""

    def __init__(
        self,
        config: Config,
        home: Home,
        engine: Engine,
        context: RenderContext,
        pipeline: Pipeline,
        *,
        parts: PartHealth | None = None,
    ) -> None:
        """parts: where the health of the jobs is kept, when others want to know it, too."""
        self._config, self._engine, self._context, self._pipeline = config, engine, context, pipeline
        city, calendars = config.city, context.calendars
        self._around = SourceContext(city, calendars, context.boundaries, engine, ROOT, home.path, config.demo)
        self._terms_of = partial(terms, config.city, context.calendars)
        self._guide_window = Window(city.guide.window, pipeline.zone)
        self._owner = owner_of(home.path)
        self._home, self._draft_photos = home.path, DraftPhotos(home.path)
        self._photos = fetcher(config, engine, PhotoStorage(home.path))
        self._uploads = uploader(config, engine, home, pipeline, context)
        self._backups = Backups(config.backup, home, engine)
        self._reports = ReportJob(Reports(config, home, engine, calendars), home, engine)
        self._escalator = Escalator(engine, LadderRules(city, self._terms_of))
        self._mails: Mails | None = None
        if config.mail is not None and config.mails_reports:
            self._mails = Mails(config, home, engine, MailServer(config.mail, home.path, os.environ))
        self._parts = parts or PartHealth()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._seq: int | None = None
        self._newest_id, self._was_import = 0, False

    def start(self) -> None:
        """All jobs but those of a serving process."""
        self._start_boundaries_job()
        for name, settings in self._config.sources.items():
            if settings.enabled:
                source = build(name, settings, self._around)
                if source.every_s < math.inf:  # else its records are sent to us
                    self._spawn(f"source {name}", partial(self._poll, source))
        self._spawn("rules", partial(self._until_done, "rules", self._judge_anew))
        self._start("sweep", SWEEP_EVERY_S, self._sweep, late_s=SWEEP_LATE_S)
        self._start("baseline", BASELINE_EVERY_S, self._refresh_baseline, after_s=BASELINE_AFTER_S)
        self._start("photos", PHOTOS_EVERY_S, self._fetch_photos)
        self._start("uploads", UPLOADS_EVERY_S, self._process_uploads)
        self._start("reports", REPORTS_EVERY_S, self._make_reports)
        for name, sender in senders(self._config, self._home, self._engine).items():
            work = partial(sender.work, self._owner, clock.now, self._stopping.is_set)
            self._start(name, MESSAGES_EVERY_S, work)
        self._start("escalation", ESCALATION_EVERY_S, self._escalate)
        if self._config.backup.folder is not None:
            self._start("backup", BACKUP_EVERY_S, self._back_up)
        if (mails := self._mails) is not None:
            self._start("mail", MAIL_EVERY_S, lambda: mails.work(self._owner, self._stopping, clock.now))
        self._start("placing", BOUNDARIES_EVERY_S, self._place_cases)
        self._start("words", WORDS_EVERY_S, lambda: index_words(self._engine, self._owner, self._stopping))
        self._start("wal", WAL_EVERY_S, partial(wal.bound, self._engine))
        self._start("drafts", DRAFTS_EVERY_S, self._delete_drafts)
        self._start("retention", RETENTION_EVERY_S, self._delete_old, after_s=RETENTION_AFTER_S)

    def start_server_jobs(
        self,
        intake_health: IntakeHealth,
        sockets: Sockets,
        monitor: HealthMonitor,
        history: History,
        performance: Companion | None,
    ) -> None:
        """The jobs of a process that serves: saving the intake's health, keeping the resident columns and the process
        for /kinerja ready, closing connections without a screen, noting which screens are connected, looking at the
        backup's age, and the ping to whoever watches from outside.
        """
        backup, url = self._config.backup, self._config.server.watcher_url
        if backup.folder is not None:
            monitor.backup_late_s = 2 * backup.every.total_seconds()
            self._start("backup age", BACKUP_EVERY_S, partial(self._look_at_backup, monitor))
        if url is not None:
            self._start("watcher", watcher.EVERY_S, partial(watcher.ping, url, monitor), after_s=watcher.EVERY_S)
        self._start_boundaries_job()
        self._start("intake", SAVE_EVERY_S, lambda: intake_health.save(clock.now()), late_s=INTAKE_LATE_S)
        self._start("pause times", PAUSE_TIMES_EVERY_S, self._publish_pause_times)
        self._start("unauthenticated", SAVE_EVERY_S, sockets.close_unauthenticated)
        self._start("sessions", SESSIONS_EVERY_S, lambda: sockets.end_pages(clock.now()))
        minutes = ScreenMinutes(self._engine, sockets.connected_codes)
        self._start("screens", SCREENS_EVERY_S, lambda: minutes.note(clock.now()))
        self._start("history", HISTORY_EVERY_S, history.refresh, after_s=HISTORY_AFTER_S)
        if performance is not None:
            self._start("performance", PERFORMANCE_EVERY_S, performance.require, after_s=HISTORY_AFTER_S)

    def start_performance_jobs(self, history: History) -> None:
        """The jobs of the process for /kinerja."""
        self._start_boundaries_job()
        self._start("history", HISTORY_EVERY_S, history.refresh)

    def stop(self) -> None:
        """Let every job end after its present step."""
        self._stopping.set()

    def wait(self, grace_s: float = GRACE_S) -> None:
        """Until `stop`, then at most `grace_s` until all jobs have ended.

        A job that still waits for a slow server is abandoned, as in a crash: no data is lost.
        """
        while not self._stopping.is_set():
            time.sleep(STOP_POLL_S)
        until = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        behind = sorted(thread.name for thread in self._threads if thread.is_alive())
        if behind:
            log.warning("left_behind", parts=behind)
        wal.settle(self._engine)

    def _start_boundaries_job(self) -> None:
        if not any(thread.name == "boundaries" for thread in self._threads):
            self._spawn(
                "boundaries", partial(self._repeat, "boundaries", BOUNDARIES_EVERY_S, self._load_new_boundaries)
            )

    def _load_new_boundaries(self) -> None:
        """When boundaries were imported meanwhile, cases are placed by them from now on."""
        with reading(self._engine) as conn:
            changes = since(conn, self._seq, CHANGES_MOST) if self._seq is not None else []
            self._seq = latest(conn)
            imported = any(change.kind == "boundaries" for change in changes) or len(changes) == CHANGES_MOST
            ground = boundaries.current(conn) if imported else None
        if ground is not None:
            self._pipeline.place_by(ground)

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _start(
        self,
        name: str,
        every_s: float,
        work: Callable[[], object],
        *,
        after_s: float = 0.0,
        late_s: float | None = None,
    ) -> None:
        """late_s: a wall says so when the job has not succeeded for so long."""
        if late_s is not None:
            self._parts.expect(name, late_s)
        self._spawn(name, partial(self._repeat, name, every_s, work, after_s=after_s))

    def _repeat(self, name: str, every_s: float, work: Callable[[], object], *, after_s: float = 0.0) -> None:
        self._stopping.wait(after_s)
        while not self._stopping.is_set():
            self._parts.run(name, work)
            self._stopping.wait(every_s)

    def _until_done(self, name: str, work: Callable[[], object]) -> None:
        while self._parts.run(name, work) is None and not self._stopping.wait(SWEEP_EVERY_S):
            pass

    def _poll(self, source: Source) -> None:
        poll(source, self._pipeline, self._owner, self._stopping)

    def _judge_anew(self) -> int:
        """Calendars and policies may have changed since the last run."""
        return recompute_open_cases(self._engine, self._terms_of, self._stopping)

    def _sweep(self) -> None:
        sweep_once(self._engine, self._terms_of, self._owner, self._stopping)
        sweep_market(self._engine, self._config.city.market, self._owner, self._stopping, clock.now())
        sweep_guide(self._engine, self._guide_window, self._owner, self._stopping, clock.now())

    def _fetch_photos(self) -> None:
        self._photos.fetch_due(self._owner, clock.now, self._stopping.is_set)

    def _escalate(self) -> None:
        self._escalator.work(self._owner, self._stopping)

    def _back_up(self) -> None:
        """When the newest backup is old enough."""
        self._backups.work(self._owner, self._stopping)

    def _look_at_backup(self, monitor: HealthMonitor) -> None:
        with reading(self._engine) as conn:
            states = job_states.jobs(conn)
        now = clock.now()
        monitor.backup_age_s, monitor.proof_age_s = (_age_s(states.get(name), now) for name in (BACKUP_JOB, PROOF))

    def _process_uploads(self) -> None:
        self._uploads.work(self._owner, clock.now, self._stopping.is_set)

    def _make_reports(self) -> None:
        self._reports.work(self._stopping, clock.now)

    def _delete_old(self) -> None:
        """What `retention` of config.yaml gives an end, a few rows at a time."""
        kept, now = self._config.retention, clock.now()
        old = (kept.hours, hours.delete_old), (kept.hours, screens.delete_old), (kept.changes, change_feed.delete_old)
        for age, delete in old:
            if age is not None:
                self._delete_in_batches(delete, now - age)
        while not self._stopping.is_set() and erase_due(self._engine, self._home, self._config.personal_data, now):
            self._stopping.wait(PRIVACY_REST_S)

    def _delete_drafts(self) -> None:
        """Citizens' forms that can be sent no more, with their photos; keys of what comes no more."""
        before = clock.now() - drafts.LIFE
        self._delete_in_batches(drafts.delete_old, before)
        self._draft_photos.remove_old(before)
        for delete in (sent_commands.delete_old, inbound.delete_old):
            self._delete_in_batches(delete, clock.now() - KEYS_LAST)

    def _delete_in_batches(self, delete: Callable[[Connection, datetime, int], int], before: datetime) -> None:
        deleted = OLD_BATCH
        while deleted == OLD_BATCH and not self._stopping.is_set():
            with writing_then_resting(self._engine, self._stopping) as conn:
                deleted = delete(conn, before, OLD_BATCH)

    def _place_cases(self) -> None:
        """Where the import of a map was interrupted."""
        place_cases(self._engine, self._owner, self._stopping)

    def _refresh_baseline(self) -> None:
        """Not while an import goes on, because half of it would be the usual; but as soon as it has ended."""
        with reading(self._engine) as conn:
            before, self._newest_id = self._newest_id, newest_id(conn)
        if self._newest_id - before > IMPORTED:
            self._was_import = True
            return
        every = timedelta(0) if self._was_import else baseline.EVERY
        self._was_import = False
        city, now = self._config.city, clock.now()
        baseline.refresh(self._engine, city, now, every)
        pause_share.refresh(self._engine, city, self._context.calendars, now, every)

    def _publish_pause_times(self) -> None:
        """As metrics, from the store: another process may have computed them."""
        with reading(self._engine) as conn:
            publish_pause_times(pause_share.known(conn, clock.now()))


def _age_s(state: job_states.JobState | None, now: datetime) -> float:
    """Since a job's last success. One of the future was dated by a clock that ran ahead: it says nothing."""
    if state is None or state.succeeded_at is None or state.succeeded_at > now:
        return math.inf
    return (now - state.succeeded_at).total_seconds()
