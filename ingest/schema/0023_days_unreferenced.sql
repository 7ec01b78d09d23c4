-- No foreign key from work_day, as there is none from punch: looking up each row's employee again takes about as long as
-- writing the row. Whose days are scored is read from employee in the same run, and nothing deletes an employee.

ALTER TABLE work_day DROP CONSTRAINT work_day_employee_id_fkey;
