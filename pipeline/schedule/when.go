package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-co-op/gocron/v2"
)

// When says when a graph runs by itself: every so many minutes, or at the
// times of a cron expression. The zero value means never, only on demand.
type When struct {
	Minutes int    `json:"minutes,omitempty"`
	Cron    string `json:"cron,omitempty"` // minute hour day month weekday
	Zone    string `json:"zone,omitempty"` // of Cron, as in Europe/Berlin; "" is the machine's
}

// Words is When for people: every day, every 6 hours.
func (w When) Words() string {
	every := func(n int, unit string) string {
		if n == 1 {
			return "every " + unit
		}
		return fmt.Sprintf("every %d %ss", n, unit)
	}
	switch m := w.Minutes; {
	case m > 0 && m%(24*60) == 0:
		return every(m/(24*60), "day")
	case m > 0 && m%60 == 0:
		return every(m/60, "hour")
	case m > 0:
		return every(m, "minute")
	}
	return w.String()
}

// String is When as CREATE TASK writes it.
func (w When) String() string {
	switch {
	case w.Minutes > 0:
		return fmt.Sprintf("%d MINUTE", w.Minutes)
	case w.Cron != "":
		return strings.TrimSpace(fmt.Sprintf("USING CRON %s %s", w.Cron, w.Zone))
	}
	return "on demand"
}

// Check reports what is wrong with w.
func (w When) Check() error {
	_, err := w.times(time.Time{})
	return err
}

// Next returns the first time after `after` at which the graph is due, the
// zero time if it never is. Minutes count from since, the moment the schedule
// was resumed. Cron goes by the clock on the wall: in spring, a time that is
// skipped does not come that day; in autumn, a fixed hour that comes twice counts
// once, its first time.
func (w When) Next(since, after time.Time) (time.Time, error) {
	next, err := w.times(since)
	if err != nil {
		return time.Time{}, fmt.Errorf("schedule %q: %w", w, err)
	}
	return next(after), nil
}

// times returns the function behind Next, so that the expression is read once
// for many times.
func (w When) times(since time.Time) (next func(after time.Time) time.Time, err error) {
	switch {
	case w.Minutes != 0 && w.Cron != "":
		return nil, errors.New("minutes and cron exclude each other")
	case w.Minutes < 0:
		return nil, fmt.Errorf("%d minutes is no interval", w.Minutes)
	case w.Minutes > 0:
		step := time.Duration(w.Minutes) * time.Minute
		return func(after time.Time) time.Time {
			if after.Before(since) {
				return since.Add(step)
			}
			return since.Add((after.Sub(since)/step + 1) * step)
		}, nil
	case w.Cron != "":
		return w.cronTimes()
	}
	return func(time.Time) time.Time { return time.Time{} }, nil
}

func (w When) cronTimes() (func(time.Time) time.Time, error) {
	fields := strings.Fields(w.Cron)
	if len(fields) != 5 {
		return nil, fmt.Errorf("%q is no cron expression: it has five fields, minute hour day month weekday, as in 0 3 * * *", w.Cron)
	}
	zone := time.Local
	if w.Zone != "" {
		var err error
		if zone, err = time.LoadLocation(w.Zone); err != nil {
			return nil, fmt.Errorf("time zone %q is not known; try one such as UTC or Europe/Berlin", w.Zone)
		}
	}
	cron := gocron.NewDefaultCron(false)
	// The reference time only serves to find expressions that never come, as 30 February.
	if err := cron.IsValid(strings.Join(fields, " "), zone, time.Unix(0, 0)); err != nil {
		return nil, fmt.Errorf("%q is no cron expression: %w", w.Cron, err)
	}
	everyHour := strings.Contains(fields[1], "*")
	return func(after time.Time) time.Time {
		t := cron.Next(after.UTC())
		for !t.IsZero() && !everyHour && repeated(t.In(zone)) {
			t = cron.Next(t)
		}
		return t
	}, nil
}

// repeated reports whether the wall clock shows t for the second time, because
// it was set back in the hours before.
func repeated(t time.Time) bool {
	_, offset := t.Zone()
	_, before := t.Add(-3 * time.Hour).Zone()
	if offset >= before {
		return false
	}
	first := t.Add(-time.Duration(before-offset) * time.Second)
	return first.Format(time.DateTime) == t.Format(time.DateTime)
}
