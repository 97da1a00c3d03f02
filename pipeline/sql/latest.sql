SELECT {{ident .ID}}, {{ident .Text}}, {{ident .Quality}}
FROM (SELECT q.*,
             ROW_NUMBER() OVER (PARTITION BY {{ident .ID}} ORDER BY FILE DESC, LINE DESC) AS PLACE
      FROM REVIEW_QUALITY_SCORES q) ranked
WHERE PLACE = 1
