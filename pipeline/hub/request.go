package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Attempts that fail one after the other without a byte gained.
const maxFailures = 5

// The pause before the next attempt doubles from a second to half a minute; a
// hub that asks for more gets at most two minutes.
const (
	firstPause = time.Second
	mostPause  = 30 * time.Second
	mostAsked  = 2 * time.Minute
)

// newClient makes requests to the endpoint, with the token to it alone.
func newClient(endpoint *url.URL, token string) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = time.Minute
	transport.DisableCompression = true // sizes and hashes are those of the file
	return &http.Client{
		Transport: &authorised{endpoint, token, transport},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			switch {
			case len(via) >= 10:
				return errors.New("the hub redirects in circles")
			case via[0].URL.Scheme == "https" && req.URL.Scheme != "https":
				return errors.New("the hub redirects from https to " + req.URL.Scheme)
			}
			return nil
		},
	}
}

// authorised adds the token to requests to the endpoint itself. The token is in
// no request's own header, so that none is copied to where a redirect leads:
// large files come from other hosts, which are given a signed address instead.
type authorised struct {
	endpoint *url.URL
	token    string
	next     http.RoundTripper
}

func (a *authorised) RoundTrip(req *http.Request) (*http.Response, error) {
	if a.token != "" && req.URL.Scheme == a.endpoint.Scheme && req.URL.Host == a.endpoint.Host {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	return a.next.RoundTrip(req)
}

// passing is an error that another attempt may not meet.
type passing struct {
	error
	after time.Duration // what the hub asks to wait
}

func (p *passing) Unwrap() error { return p.error }

// retry attempts until it succeeds, fails for good or too often in a row. An
// attempt says whether it gained anything.
func (h *Hub) retry(ctx context.Context, attempt func() (gained bool, err error)) error {
	for failures := 0; ; {
		gained, err := attempt()
		var again *passing
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.As(err, &again):
			return err
		case gained:
			failures = 0
		}
		if failures++; failures == maxFailures {
			return fmt.Errorf("%w (%d attempts in a row)", err, failures)
		}
		wait := max(min(firstPause<<(failures-1), mostPause), min(again.after, mostAsked))
		h.notice("%v; trying again in %s", err, wait.Round(time.Second))
		if err := h.pause(ctx, wait); err != nil {
			return err
		}
	}
}

// request sends one request, for the bytes from offset on. The answer is 200 or
// 206, or 416 where the hub has nothing from there on; all else is an error.
func (h *Hub) request(ctx context.Context, method string, address *url.URL, offset int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "willbuy")
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return nil, h.unreached(err)
	}
	switch {
	case resp.StatusCode == http.StatusOK, resp.StatusCode == http.StatusPartialContent, resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && offset > 0:
		return resp, nil
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, 4<<10) // a connection that is read to its end is used again
	return nil, refusal(resp)
}

// unreached is the error of a request without an answer. Addresses that a
// redirect led to are signed, and stay out of it.
func (h *Hub) unreached(err error) error {
	host := h.endpoint.Host
	var at *url.Error
	if errors.As(err, &at) {
		if to, parsed := url.Parse(at.URL); parsed == nil && to.Host != "" {
			host = to.Host
		}
		err = at.Err
	}
	err = fmt.Errorf("ask %s: %w", host, err)
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return err
	}
	return &passing{error: err}
}

// refusal is the error of an answer that is no success.
func refusal(resp *http.Response) error {
	said := fmt.Sprintf("%s says %s", resp.Request.URL.Host, resp.Status)
	code := resp.Header.Get("X-Error-Code")
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		if code == "GatedRepo" {
			said += ": whoever wants it must first accept its terms on its page"
		}
		return fmt.Errorf("%w (%s)", ErrAccess, said)
	case http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("%w (%s)", ErrNotFound, said)
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &passing{errors.New(said), retryAfter(resp.Header.Get("Retry-After"))}
	}
	return errors.New(said)
}

// retryAfter reads the header: seconds or a date.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
