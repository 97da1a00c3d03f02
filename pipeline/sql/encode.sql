SELECT j.*{{range $i, $c := .Encode}},
       e{{$i}}.CODE AS {{out $c}}{{end}}
FROM {{ident .Joined}} j{{range $i, $c := .Encode}}
LEFT JOIN ENCODERS e{{$i}}
       ON e{{$i}}.COLUMN_NAME = {{lit $c}} AND e{{$i}}.CLASS = j.{{ident $c}}{{end}}
