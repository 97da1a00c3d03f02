package zeroshot

import (
	"errors"
	"fmt"
	"strings"
)

// hypotheses formats the template with each label.
func hypotheses(o Options) ([]string, error) {
	if len(o.Labels) == 0 {
		return nil, errors.New("no candidate labels are given; name at least one")
	}
	template := o.Template
	if template == "" {
		template = DefaultTemplate
	}
	out := make([]string, len(o.Labels))
	for i, label := range o.Labels {
		hypothesis, err := format(template, label)
		if err != nil {
			return nil, fmt.Errorf("the template %q %w", template, err)
		}
		out[i] = hypothesis
	}
	if out[0] == template {
		return nil, fmt.Errorf("the template %q has no {} where the label goes", template)
	}
	return out, nil
}

// format is Python's template.format(label) for the fields {} and {0} and the
// escapes {{ and }}. Errors complete "the template …".
func format(template, label string) (string, error) {
	var out strings.Builder
	automatic, numbered := 0, 0
	for i := 0; i < len(template); i++ {
		rest := template[i:]
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			out.WriteByte(rest[0])
			i++
		case rest[0] == '}':
			return "", errors.New("has a } without its {; write }} for a brace")
		case rest[0] == '{':
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return "", errors.New("has a { without its }; write {{ for a brace")
			}
			switch field := rest[1:end]; field {
			case "":
				automatic++
			case "0":
				numbered++
			default:
				return "", fmt.Errorf("has the field {%s}; the label goes where {} stands", field)
			}
			out.WriteString(label)
			i += end
		default:
			out.WriteByte(rest[0])
		}
	}
	if automatic > 1 || automatic > 0 && numbered > 0 {
		return "", errors.New("has more than one {} for one label; write {0} where it is to be repeated")
	}
	return out.String(), nil
}
