-- The states of runs by time, for the events that follow from them.
-- min_reader: 1
-- min_writer: 1

-- Of a name its beginning: the whole of a long one would not fit into an index, and the state could not be stored.
CREATE INDEX flow_run_states_by_time ON flow_run_states (at, left(name, 100));

-- Task runs whose states all lie within 0.01 s of their start are found by `task_runs_by_start`. The others are here, by
-- how long they lasted and what is their last state's instant (see `store/run_states.py`, which spells this alike): the
-- thousands of small task runs that a flow run can make cost nothing.
CREATE INDEX task_runs_lasting ON task_runs (
    (CASE WHEN abs(state_at - created_at) <= 1000000
               AND abs(state_at - coalesce(start_at, state_at)) <= 1000000 THEN 1
          WHEN abs(state_at - created_at) <= 100000000
               AND abs(state_at - coalesce(start_at, state_at)) <= 100000000 THEN 2
          WHEN abs(state_at - created_at) <= 10000000000
               AND abs(state_at - coalesce(start_at, state_at)) <= 10000000000 THEN 3
          WHEN abs(state_at - created_at) <= 1000000000000
               AND abs(state_at - coalesce(start_at, state_at)) <= 1000000000000 THEN 4
          ELSE 5 END),
    state_at
) WHERE start_at IS NULL OR abs(start_at - created_at) > 10000 OR abs(state_at - start_at) > 10000;
