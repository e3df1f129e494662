-- What each role may do with the tables. Run it as auditor_owner or a superuser, once the tables are built and
-- again after each new version; it may be run again.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor_reader, auditor_writer;

-- A night adds, and never deletes what it was told.
GRANT INSERT ON runs, pipelines, inputs, report_facts, order_facts, cases, case_history,
    patient_results TO auditor_writer;
-- What it derives it replaces.
GRANT UPDATE ON runs TO auditor_writer;
GRANT UPDATE, DELETE ON cases, patient_results TO auditor_writer;

-- A purge deletes whole patients and records it; besides, its role may do what a night does.
GRANT DELETE ON report_facts, order_facts, case_history TO auditor_purger;
GRANT INSERT ON purges TO auditor_purger;
