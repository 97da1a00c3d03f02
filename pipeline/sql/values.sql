SELECT CAST({{ident .Feature}} AS DOUBLE) AS VALUE,
       COUNT(*) AS N
FROM {{ident .Encoded}}
WHERE {{ident .Label}} IS NOT NULL
  AND NOT (SUBSTR(MD5({{ident .ID}} || {{lit .Seed}}), 1, 8) < {{lit .Fold}})
GROUP BY 1
ORDER BY 1
