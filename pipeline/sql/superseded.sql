SELECT 'save' AS STEP, ranked.FILE, ranked.LINE, r.LINES,
       'superseded by a later record of the same UUID' AS REASON, r.RAW
FROM (SELECT FILE, LINE,
             ROW_NUMBER() OVER (PARTITION BY {{ident .ID}} ORDER BY FILE DESC, LINE DESC) AS PLACE
      FROM REVIEW_QUALITY_SCORES) ranked
INNER JOIN REVIEW_RECORDS r
        ON r.FILE = ranked.FILE AND r.LINE = ranked.LINE
WHERE PLACE > 1
