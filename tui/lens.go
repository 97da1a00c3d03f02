package tui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"willbuy/pipeline"
	"willbuy/pipeline/registry"
	"willbuy/views"
)

// lens is how a window looks at the model, with what was read of it for that.
type lens struct {
	views.Lens
	trees, versions wanted
	customer        source // what the chosen customer was explained by
}

// wanted is something that a view waits for, of a result of its step.
type wanted struct {
	of   source
	busy bool
}

// begin tells whether it is to be read now: once for every result of the step.
func (r *wanted) begin(of source) bool {
	if r.busy || r.of == of {
		return false
	}
	r.of, r.busy = of, true
	return true
}

// shows tells whether the window in use shows a view of a step.
func (m *model) shows(step, view string) bool {
	return m.step.ID == step && m.tab == views.Output && views.Shows(m.frame()) == view
}

func (m *model) onCurves() bool {
	return m.shows("train", views.CurvesView) && len(m.state().Curves) > 0
}
func (m *model) onTrees() bool      { return m.shows("train", views.TreesView) && m.lens.Trees != nil }
func (m *model) onImportance() bool { return m.shows("explain", views.GlobalView) }
func (m *model) onThreshold() bool {
	return m.shows("train", views.ConfusionView) || m.shows("train", views.RankingView)
}

// onRegistry tells whether versions can be chosen; onExplain, whether customers
// can be looked for.
func (m *model) onRegistry() bool {
	return m.step.ID == "register" && m.tab == views.Output && views.Shows(m.frame()) != ""
}
func (m *model) onExplain() bool {
	return m.step.ID == "explain" && m.tab == views.Output && views.Shows(m.frame()) != ""
}

// onCustomers tells whether a list of customers is shown of which one can be
// opened.
func (m *model) onCustomers() bool {
	return m.shows("explain", views.SurprisesView) || m.shows("explain", views.BuyersView)
}

type (
	// treesRead are the trees of the model, or why they could not be read.
	treesRead struct {
		window *window
		of     source
		trees  *pipeline.Trees
		err    error
	}
	// versionsRead are those of the registry.
	versionsRead struct {
		window   *window
		of       source
		versions []registry.Version
		err      error
	}
)

// readModel reads what the window shows of the model and nobody has recorded:
// its trees, its versions.
func (m *model) readModel() tea.Cmd {
	if m.width == 0 || m.run != nil || !m.loaded {
		return nil
	}
	ctx, ws, w := m.ctx, m.ws, m.window
	switch st := m.state(); {
	case st.Status != pipeline.Done && st.Status != pipeline.Stale:
	case m.shows("train", views.TreesView):
		if of := m.source(views.TreesView); w.lens.trees.begin(of) {
			return func() tea.Msg {
				ctx, cancel := context.WithTimeout(ctx, fetchLimit)
				defer cancel()
				trees, err := ws.OpenTrees(ctx)
				return treesRead{w, of, trees, err}
			}
		}
	case m.onRegistry():
		if of := m.source(views.VersionsView); w.lens.versions.begin(of) {
			return func() tea.Msg {
				versions, err := ws.Versions()
				return versionsRead{w, of, versions, err}
			}
		}
	case m.onExplain() && w.lens.Customer != nil && w.lens.customer != m.source(views.CustomerView):
		w.lens.Customer = nil // explained by a model of before
		m.touch()
	}
	return nil
}

func (msg treesRead) take(m *model) tea.Cmd {
	l := &msg.window.lens
	l.trees.busy = false
	if l.trees.of != msg.of {
		return nil
	}
	l.Trees, l.Folded, l.NoTree = msg.trees, nil, ""
	if msg.err != nil {
		l.NoTree = "The trees cannot be read just now: " + sentence(msg.err) + " Come back to this view to try again."
	}
	m.touch()
	return nil
}

func (msg versionsRead) take(m *model) tea.Cmd {
	l := &msg.window.lens
	l.versions.busy = false
	if l.versions.of != msg.of || len(msg.versions) == 0 && msg.err != nil {
		return nil // what is recorded is shown
	}
	l.Versions = msg.versions
	l.Picked = slices.DeleteFunc(l.Picked, func(name string) bool {
		return !slices.ContainsFunc(l.Versions, func(v registry.Version) bool { return v.Version == name })
	})
	m.touch()
	return nil
}

// again has what could not be read tried again, when a view is chosen.
func (l *lens) again() {
	if l.NoTree != "" {
		l.NoTree, l.trees.of = "", source{}
	}
	l.versions.of = source{} // it may have got tags and aliases from elsewhere
}

// pick chooses the version under the cursor to be compared, or no longer; of
// three the one that was picked first gives way.
func (m *model) pick() {
	name, l := views.VersionAt(m.frame()), &m.lens
	if i := slices.Index(l.Picked, name); i >= 0 {
		l.Picked = slices.Delete(slices.Clone(l.Picked), i, i+1)
	} else if name != "" {
		l.Picked = append(slices.Clone(l.Picked[max(0, len(l.Picked)-1):]), name)
	}
	m.touch()
	switch len(l.Picked) {
	case 1:
		m.say(l.Picked[0] + " is picked; space on another one, then d compares them.")
	case 2:
		m.say(l.Picked[0] + " and " + l.Picked[1] + " are picked; d compares them.")
	}
}

// goView goes to a view of the step by its name.
func (m *model) goView(name string) {
	f := m.frame()
	f.Tab = views.Output
	if i := slices.Index(views.Views(f), name); i >= 0 {
		m.chooseView(i)
	}
}

// turnTree goes to the tree before or after.
func (m *model) turnTree(by int) {
	m.lens.Tree = clamp(m.lens.Tree+by, 0, m.lens.Trees.Len()-1)
	m.lens.Folded = nil
	m.setPlace(place{})
	m.touch()
}

// foldBranch hides what is below the chosen branch, or shows it again.
func (m *model) foldBranch() {
	shown := views.TreeBranches(m.frame())
	if len(shown) == 0 {
		return
	}
	i := shown[clamp(m.here().cursor, 0, len(shown)-1)]
	folded := map[int]bool{}
	for j, is := range m.lens.Folded {
		folded[j] = is
	}
	tree := m.lens.Trees.Tree(m.lens.Tree)
	folded[i] = !folded[i] && tree[i].Below > 0
	m.lens.Folded = folded
	m.touch()
}

// whenDone is a condition of a key that opens something: of a stale result, enter
// runs the step again, as the pane says.
func whenDone(on func(*model) bool) func(*model) bool {
	return func(m *model) bool { return m.state().Status == pipeline.Done && on(m) }
}

// modelKeys are those of the views of train, register and explain.
func modelKeys() []binding {
	return slices.Concat(curveKeys(), []binding{
		{keys: []string{"left", "right"}, label: "← →", in: onPane, when: (*model).onThreshold, group: "Look", foot: word("threshold"),
			help: "Move the score above which somebody is called a buyer.", act: func(m *model, key string) tea.Cmd {
				m.lens.Threshold = views.NextThreshold(m.frame(), sign(key, "left", "right"))
				m.touch()
				return nil
			}},
		{keys: []string{"left", "right"}, label: "← →", in: onPane, when: (*model).onTrees, group: "Look", foot: word("tree"),
			help: "The tree before, the tree after.", act: func(m *model, key string) tea.Cmd {
				m.turnTree(sign(key, "left", "right"))
				return nil
			}},
		{keys: []string{"enter"}, label: "enter", in: onPane, when: whenDone((*model).onTrees), group: "Look", foot: word("fold"),
			help: "Hide what is below a branch of a tree, and show it again.", act: func(m *model, _ string) tea.Cmd {
				m.foldBranch()
				return nil
			}},
		{keys: []string{"left", "right"}, label: "← →", in: onPane, when: (*model).onImportance, group: "Look", foot: word("measure"),
			help: "Another measure of importance: mean |φ|, signed, permutation, gain, cover, splits.", act: func(m *model, key string) tea.Cmd {
				n := views.Measures()
				m.lens.Measure = (m.lens.Measure + n + sign(key, "left", "right")) % n
				m.touch()
				return nil
			}},
		{keys: []string{"space"}, label: "space", in: onPane, when: (*model).onRegistry, group: "Look", foot: word("pick"),
			help: "Pick a version to compare, or no longer.", act: func(m *model, _ string) tea.Cmd {
				m.pick()
				return nil
			}},
		{keys: []string{"d"}, label: "d", in: onRail | onPane, when: (*model).onRegistry, group: "Look", foot: word("difference"),
			help: "What differs between two versions: parameters, metrics, features, encoders.", act: func(m *model, _ string) tea.Cmd {
				m.goView(views.DifferenceView)
				return nil
			}},
		{keys: []string{"enter"}, label: "enter", in: onPane, when: whenDone((*model).onRegistry), group: "Look", foot: word("model card"),
			help: "All about the chosen version.", act: func(m *model, _ string) tea.Cmd {
				cursor := m.here().cursor
				m.goView(views.CardView)
				m.setPlace(place{cursor: cursor})
				return nil
			}},
	}, customerKeys())
}
