"""What `shoplake doctor` examines: one module for each kind of thing, which gathers facts and judges them.

`diagnosis` puts the sections in order. `installation` looks at versions, the project and the environment, `profile` at
profiles.yml, `lake` at the objects, `keys` at the key file, `warehouse` at the DuckDB file and the rows of the ledger,
`project_facts` asks dbt what only dbt knows (the macro `doctor`), and `tables` and `athena` judge its answer. All of
them give findings (`finding`), and none of them changes anything. May import `lake`, `stack` and `warehouse`.
"""
