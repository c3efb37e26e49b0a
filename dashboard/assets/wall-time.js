/* Time on a wall: the server's time, on the monotonic clock of the browser; remaining working time, from the opening hours;
   ages. All numbers are seconds. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  const LONG = 100 * 3600;
  const EASE = 0.05;

  const time = (batt.time = {
    offset: null, // server's seconds minus our steady clock's
    drift: 0, // the computer's clock minus the server's
    calendars: {},
  });

  time.steady = () => performance.now() / 1000;
  time.now = () => (time.offset === null ? Date.now() / 1000 : time.steady() + time.offset);

  /* A message took some milliseconds: the largest difference seen is the truest. Ease down, so that drift is followed. */
  time.heard = function (serverNow, afresh) {
    const seen = serverNow - time.steady();
    if (time.offset === null || afresh || seen > time.offset || time.offset - seen > 1) time.offset = seen;
    else time.offset += EASE * (seen - time.offset);
    time.drift = Date.now() / 1000 - time.now();
  };

  time.learn = function (calendars) {
    const known = {};
    for (const [code, windows] of Object.entries(calendars || {})) known[code] = table(windows);
    time.calendars = known;
  };

  function table(windows) {
    if (windows === "always") return { always: true };
    const before = [0];
    for (const [start, end] of windows) before.push(before[before.length - 1] + end - start);
    return { starts: windows.map((w) => w[0]), ends: windows.map((w) => w[1]), before };
  }

  /* Working seconds from the calendar's first window until `at`; null outside of what we know. */
  time.worked = function (code, at) {
    const calendar = time.calendars[code];
    if (!calendar) return null;
    if (calendar.always) return at;
    const { starts, ends, before } = calendar;
    if (!starts.length || at < starts[0] || at > ends[ends.length - 1]) return null;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return before[low - 1] + Math.min(at, ends[low - 1]) - starts[low - 1];
  };

  /* Working seconds left for a countdown element at `now`; null when nobody can tell. */
  time.left = function (facts, now) {
    if (facts.paused) return Number(facts.left);
    const due = time.worked(facts.cal, Number(facts.due));
    const here = time.worked(facts.cal, now);
    if (due !== null && here !== null) return due - here;
    return facts.left === undefined ? null : Number(facts.left);
  };

  /* When the calendar opens again, of one that is closed at `now`: seconds, null when nobody can tell; undefined when it is open. */
  time.opens = function (code, now) {
    const calendar = time.calendars[code];
    if (!calendar || calendar.always) return undefined;
    const next = calendar.starts.findIndex((start) => start > now);
    if (next === -1 ? now < calendar.ends[calendar.ends.length - 1] : next > 0 && now < calendar.ends[next - 1]) return undefined;
    return next === -1 ? null : calendar.starts[next];
  };

  /* No working time is left, or none was lost yet, and none passes now: what stands still and when it goes on, in two lines; `short`: when alone. */
  time.stopped = function (facts, left, now, zone, short) {
    if (facts.paused || left === null || Math.abs(left) >= 1) return null;
    const opens = time.opens(facts.cal, now);
    if (opens === undefined) return null;
    const when = opens === null ? "" : time.soon(opens, now, zone);
    if (short) return when ? `» ${when}` : "–";
    return batt.say("stopped") + (when ? `\n${batt.say("goes_on", { when })}` : "");
  };

  /* '13:00' today, 'Sen 07:30' within a week, else '24 Mar'. */
  time.soon = function (at, now, zone) {
    const then = time.local(at, zone);
    const here = time.local(now, zone);
    const clock = `${then.hour}:${then.minute}`;
    if (then.day === here.day && at - now < 86400) return clock;
    if (at - now < 6 * 86400) return `${batt.say(`weekday.${then.weekday}`).slice(0, 3)} ${clock}`;
    return `${then.day} ${batt.say(`month.${then.month}`)}`;
  };

  const two = (n) => String(n).padStart(2, "0");

  /* Working time as H:MM:SS, minus when overdue; from 100 hours on whole hours. */
  time.count = function (left, overdue) {
    if (left === null) return "–";
    const whole = Math.abs(overdue ? Math.floor(left) : Math.ceil(left));
    const sign = overdue ? "−" : "";
    if (whole >= LONG) return sign + batt.say("long_hours", { n: Math.floor(whole / 3600) });
    return `${sign}${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  };

  /* How long, in the one unit that says enough. */
  time.span = function (seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return batt.say("seconds", { n: s });
    if (s < 3600) return batt.say("minutes", { n: Math.floor(s / 60) });
    if (s < 172800) return batt.say("hours", { n: Math.floor(s / 3600) });
    return batt.say("days", { n: Math.floor(s / 86400) });
  };

  let zoned = null;

  /* The local {hh, mm, ss, weekday, day, month, year} of a moment in the city's zone. */
  time.local = function (at, zone) {
    if (!zoned || zoned.zone !== zone) {
      const shape = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
      zoned = { zone, format: new Intl.DateTimeFormat("en-US", shape) };
    }
    const parts = {};
    for (const { type, value } of zoned.format.formatToParts(at * 1000)) parts[type] = value;
    const weekday = new Date(Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day))).getUTCDay();
    return { ...parts, weekday };
  };
})();
