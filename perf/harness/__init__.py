"""What perf/bench.py is made of: groups of client processes, the libraries to compare, tables, records."""
