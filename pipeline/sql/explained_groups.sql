SELECT e.{{ident .Group}},
       COUNT(*) AS CUSTOMERS,
       AVG(p.PREDICTION) AS PREDICTION{{range .Features}},
       AVG(x.{{explanation .}}) AS {{ident .}}{{end}}
FROM {{ident .Encoded}} e
INNER JOIN EXPLANATIONS x ON x.{{ident .ID}} = e.{{ident .ID}}
INNER JOIN PREDICTIONS p ON p.{{ident .ID}} = e.{{ident .ID}}
GROUP BY e.{{ident .Group}}
ORDER BY 3 DESC, 1
LIMIT 50
