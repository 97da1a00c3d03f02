SELECT {{range .Features}}CAST({{ident .}} AS DOUBLE) AS {{ident .}},
       {{end}}COUNT(*) AS N
FROM {{ident .Encoded}}
GROUP BY ALL
ORDER BY {{range $i, $f := .Features}}{{if $i}}, {{end}}{{inc $i}}{{end}}
