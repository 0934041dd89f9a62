-- What happens before it is built for the second time.
update desk_raw.loan_events set returned_at = '2024-04-02 10:00', changed_at = '2024-04-02 10:00' where loan_id = 2;
insert into desk_raw.loan_events values
  (6, 1, 10, '2024-04-03 10:00', null, '2024-04-03 10:00'),
  (7, 2, 12, '2024-04-04 11:00', '2024-04-05 11:00', '2024-04-05 11:00');
insert into desk_raw."Fines" values (5, 7, 1.25, 'torn');
