"""Rows that a database holds after each step of its schema, to be carried through all later ones."""

ROWS = {
    "0001_organisation": """
        INSERT INTO unit (code, name, time_zone, rulebook) VALUES ('P', 'Pusat', 'Asia/Jakarta', 'kemenag-2014');
        INSERT INTO unit (code, name, parent_id, time_zone, rulebook) VALUES ('C', 'Cabang', 1, 'Asia/Jayapura', 'x');
        INSERT INTO employee (nip, name, unit_id) VALUES ('198001012006041001', 'Sari', 2);
        INSERT INTO terminal (name, kind, address, time_zone, added_at)
        VALUES ('gate', 'zk', '192.0.2.7', 'Asia/Jayapura', '2026-01-01Z');
        INSERT INTO terminal_health (terminal_id, read_at) VALUES (1, '2026-01-01Z');
        INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from) VALUES (1, '0042', 1, '2026-01-01');
    """,
    "0002_punch": r"""
        INSERT INTO punch VALUES (1, '2026-01-05 07:28:00', '0042', 255, NULL, NULL, 'poll', '2026-01-05Z', '\x00');
        INSERT INTO punch VALUES (1, '2025-01-05 07:28:00', '0042', 0, 1, '0', 'file', '2026-01-05Z', '\x01');
        INSERT INTO punch_variant VALUES (1, '2026-01-05 07:28:00', '0042', 255, 1, '', 'live', '2026-01-05Z', '\x02');
        INSERT INTO rejected VALUES ('gate', sha256('\x00'), '\x00', 'odd', 'poll', '2026-01-05Z', '2026-01-05Z');
        INSERT INTO day_to_score (terminal_id, day) VALUES (1, '2026-01-05');
    """,
    "0003_work": """
        INSERT INTO target VALUES (1, '2026-01', 25000);
        INSERT INTO activity (employee_id, reference, day, title, volume, weight, status)
        VALUES (1, 'A1', '2026-01-05', 'Laporan', 100, 250, 'verified');
    """,
    "0004_score": """
        INSERT INTO work_day VALUES (1, '2026-01-05', 'work', NULL, NULL, NULL, NULL, NULL, 0, 0, true, 'TK', 500,
                                     '[]', '{}', 'kemenag-2014', 'd');
        INSERT INTO score VALUES (1, '2026-01', 1, 'kemenag-2014', 'd', 'regulation', 500, 9500, NULL, 9500, 9500,
                                  '[]', '2026-01-31', 'd', '2026-02-01Z');
    """,
    "0005_access": """
        INSERT INTO account (name, password_hash, role, created_at) VALUES ('sari', 'h', 'hr', '2026-01-01Z');
        INSERT INTO login_session VALUES ('\\x01', 1, '2026-01-01Z', '2026-01-02Z');
        INSERT INTO api_key (name, prefix, secret_sha256, role, created_at)
        VALUES ('pay', 'p', '\\x01', 'allowance', '2026-01-01Z');
        INSERT INTO audit (at, actor, action, object) VALUES ('2026-01-01Z', 'command:sari', 'view', 'score');
    """,
    "0006_terminal_log": r"""
        INSERT INTO terminal_log VALUES (1, 'SN1', 'Ver 6.60', 4, 40, false, 1, '\x00', '2026-01-05Z', 2, 'good', NULL);
    """,
    "0007_push": """
        INSERT INTO terminal (name, kind, address, time_zone, added_at)
        VALUES ('site', 'iclock', 'A1', 'Asia/Jayapura', '2026-01-01Z');
        INSERT INTO push_terminal VALUES ('A1', 'approved', '10.0.0.0/8', true, 'c', '{"attlog": "9"}', '2026-01-01Z',
                                          '2026-01-01Z', '10.0.0.7');
        INSERT INTO push_order (terminal_id, kind, first_time, last_time, asked_at)
        VALUES (1, 'count', '2026-01-01', '2026-01-02', '2026-01-03Z');
    """,
    "0008_collection": """
        INSERT INTO terminal_reading VALUES (1, '2026-01-05Z', '2026-01-05 09:00:02', 2000, 12, NULL, 2);
        INSERT INTO punch_mark VALUES (1, '2026-01-05 07:28:00', '0042', 255, 'clock_doubted');
    """,
    "0009_serial_number": """
        UPDATE terminal SET serial_number = 'CKJF201760001' WHERE name = 'gate';
    """,
    "0010_waiting_day": """
        INSERT INTO waiting_day VALUES (1, '2026-01-05', 1, '2026-01-05 15:00Z', false);
    """,
    "0011_push_key": """
        UPDATE push_terminal SET push_key = 'k', counted_answer = true, greeted_from = '10.0.0.7', refused = 2;
        INSERT INTO audit (at, actor, action, object, detail)
        VALUES ('2026-01-01Z', 'terminal:gate', 'clock set', 'terminal:gate', '{"record": "00"}');
    """,
    "0012_mqtt_receipt": r"""
        INSERT INTO mqtt_receipt VALUES ('tepat-collector', 7, sha256('\x00'), '2026-01-05Z');
    """,
    "0013_broker_health": """
        INSERT INTO broker_health VALUES ('127.0.0.1:1883', 7, '2026-01-05Z');
        INSERT INTO broker_drop VALUES ('127.0.0.1:1883', '2026-01-05Z', 7);
    """,
    "0014_rejected_cause": r"""
        INSERT INTO rejected
        VALUES ('gate', sha256('\x01'), '\x01', 'line 7: no id', 'file', '2026-01-05Z', '2026-01-05Z');
    """,
    "0015_membership": """
        INSERT INTO membership VALUES (1, '1800-01-01', '1900-01-01', 1);
        INSERT INTO scored_month VALUES (1, '2026-01', 'd');
    """,
    "0016_performance": """
        INSERT INTO plan_item (employee_id, year, reference, title, main, measure, low, high, maximal, weight)
        VALUES (1, 2026, '1', 'Reports', true, 'report', 1200, 1200, false, 100);
        INSERT INTO plan_month VALUES (1, '2026-01', 100);
        INSERT INTO catalogue VALUES ('R', 'Report', 'report', 90, 150);
        INSERT INTO employee (nip, name, unit_id) VALUES ('198506152010011002', 'Budi', 2);
        INSERT INTO rating VALUES (1, 2, '2026-Q1', 'superior', 9000);
        INSERT INTO evaluation VALUES (1, '2026-Q1', 'above', NULL, false);
        INSERT INTO unit_predicate VALUES (2, '2026', 'Baik');
        INSERT INTO employee_class VALUES (1, '2026-01-01', 7, false);
    """,
    "0017_roster": """
        INSERT INTO shift (code, name, starts, ends) VALUES ('M', 'Malam', 1260, 1860);
        INSERT INTO roster VALUES (1, '2026-01-05', '{1}', '');
        INSERT INTO unit_roster VALUES (1, '2026-01-06', '{}', 'Hari jadi');
        INSERT INTO unit_week VALUES (1, '2026-01-01', 6, '{1}');
    """,
    "0018_absence": """
        INSERT INTO absence (employee_id, document, kind, first_day, last_day, withdrawn)
        VALUES (1, '800/1', 'annual', '2026-01-05', '2026-01-06', false);
        INSERT INTO employee_grade VALUES (1, '2026-01-01', 3);
    """,
    "0019_facts": """
        INSERT INTO temporary_exit VALUES (1, '2026-01-05 10:00', '2026-01-05 11:00', '', false);
        INSERT INTO assembly VALUES (1, '2026-01-05', 'Apel Senin', 420, 450, 'punch', false);
        INSERT INTO assembly_list VALUES (1, '2026-01-05', 'Apel Senin', 1, true);
        INSERT INTO unit_head VALUES (1, '2026-01-01', 1);
        INSERT INTO activity_deadline VALUES (1, '2026-01-01', 3, NULL);
        INSERT INTO api_key (name, prefix, secret_sha256, role, created_at, employee_id)
        VALUES ('own', 'o', '\\x02', 'employee', '2026-01-01Z', 1);
    """,
    "0020_counted_days": """
        UPDATE score SET counted_from = '2025-12-16', counted_to = '2026-01-15';
    """,
    "0021_decision": """
        INSERT INTO decision VALUES (1, '2026-01', 'payment', 'SPM 12', '2026-02-02', false);
        UPDATE plan_item SET mandate = 'Renstra 2.1';
    """,
    "0022_held_rating": """
        INSERT INTO held_rating VALUES (1, 2, '2026-Q1', 'peer', 7000);
    """,
    "0023_days_unreferenced": """
        UPDATE work_day SET deduction = deduction + 1;
    """,
    "0024_own_rating": """
        INSERT INTO own_rating VALUES (1, 2, '2026-Q1');
    """,
    "0025_rating_source": """
        INSERT INTO rating VALUES (1, 2, '2026-Q1', 'superior', 8000, false);
    """,
    "0026_correction": """
        INSERT INTO correction VALUES (1, '2026-01-05', 1, 'in', 'ND/1', 445, 'forgotten', false);
    """,
    "0027_day_law": """
        UPDATE work_day SET roster = 'roster of unit P';
        UPDATE scored_month SET days_digest = 'd';
    """,
    "0028_whole_run": """
        INSERT INTO whole_run VALUES
            ('2026-01', DEFAULT, pg_current_snapshot(), 'f', 1, '{1}', '{1}', '{2025-12-16}', '{2026-01-15}');
        UPDATE unit SET name = name;
    """,
    "0029_lock": """
        INSERT INTO kept_day SELECT employee_id, '2026-01', 1, day, shift, kind, name, expected_in, expected_out,
            first_in, last_out, minutes_late, minutes_early, absent, codes, deduction, steps, law_id, roster
            FROM work_day;
        INSERT INTO locked_month VALUES (1, '2026-01', 1, 0, '{}', '2026-02-02Z', 'account:sari');
        INSERT INTO score SELECT employee_id, period, 2, rulebook, rulebook_digest, basis, deduction, attendance,
            output, total, 9600, steps, last_day, 'e', scored_at FROM score WHERE version = 1;
        INSERT INTO score SELECT employee_id, '2026-02', 1, rulebook, rulebook_digest, basis, deduction, attendance,
            output, total, payable, steps, '2026-02-28', 'f', scored_at FROM score WHERE version = 1;
        INSERT INTO locked_month VALUES (1, '2026-02', 1, 1, '{gate}', '2026-03-02Z', 'account:sari');
        INSERT INTO adjustment VALUES (1, '2026-01', '2026-02', 1, 2, 100, NULL, 'd', '2026-03-02Z', 'account:sari');
    """,
    "0030_kept_law": """
        UPDATE day_law SET hours = hours;
    """,
}
DROPPED = {"own_rating"}
"""Tables whose rows a later step carries into other ones: who sent a rating himself stands with the rating."""
MOVED = {("0027_day_law", "work_day"): {"hours", "rulebook", "facts_digest"}}
"""Columns that a step moves elsewhere; a test of their own shows that they arrive."""
