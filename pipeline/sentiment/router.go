package sentiment

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"willbuy/pipeline/language"
	"willbuy/pipeline/textmodel"
)

// Router is an Engine that gives each language its own.
type Router struct {
	ByLanguage map[string]Engine // by the codes of package language, Other included
	Default    Engine            // for the others
}

// Route names the engine for a language, as the user writes it.
type Route struct{ Language, Engine string }

// ParseRoutes reads routes such as en=vader. What stands on the right is the
// caller's to understand.
func ParseRoutes(items []string) ([]Route, error) {
	codes := append(slices.Clone(language.Codes), language.Other)
	var routes []Route
	for _, item := range items {
		code, engine, _ := strings.Cut(item, "=")
		route := Route{strings.ToLower(strings.TrimSpace(code)), strings.TrimSpace(engine)}
		switch {
		case route.Engine == "":
			return nil, fmt.Errorf("%q is no language=engine, such as en=vader", item)
		case !slices.Contains(codes, route.Language):
			return nil, fmt.Errorf("there is no language %q in %q; the languages are %s", route.Language, item, strings.Join(codes, ", "))
		case slices.ContainsFunc(routes, func(r Route) bool { return r.Language == route.Language }):
			return nil, fmt.Errorf("the language %s has two engines", route.Language)
		}
		routes = append(routes, route)
	}
	return routes, nil
}

// routeWindow is how many texts are sorted by engine at a time. At some hundred
// texts a second, the workers that are idle at its end do not count.
const routeWindow = 4096

// Score implements Engine. One engine works at a time, on all workers.
func (r Router) Score(ctx context.Context, texts iter.Seq[textmodel.Text], run Run) error {
	window := make([]textmodel.Text, 0, routeWindow)
	first := 0 // the place in the stream of the window's first text
	for text := range texts {
		window = append(window, text)
		if len(window) == routeWindow {
			if err := r.scoreWindow(ctx, window, first, run); err != nil {
				return err
			}
			first += len(window)
			window = window[:0]
		}
	}
	return r.scoreWindow(ctx, window, first, run)
}

func (r Router) scoreWindow(ctx context.Context, window []textmodel.Text, first int, run Run) error {
	places := map[Engine][]int{}
	var engines []Engine // in the order of their first texts
	for i, text := range window {
		engine, routed := r.ByLanguage[language.Of(text.Text)]
		if !routed {
			engine = r.Default
		}
		if places[engine] == nil {
			engines = append(engines, engine)
		}
		places[engine] = append(places[engine], i)
	}
	for _, engine := range engines {
		own := places[engine]
		texts := func(yield func(textmodel.Text) bool) {
			for _, i := range own {
				if !yield(window[i]) {
					return
				}
			}
		}
		err := engine.Score(ctx, texts, Run{Workers: run.Workers, OnWorker: run.OnWorker, OnResult: func(result Result) {
			result.Index = first + own[result.Index]
			run.OnResult(result)
		}})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
