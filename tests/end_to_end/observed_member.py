"""A member that does what it is told on standard input: `reduce N`, `start N` (in the background), `wait`,
`update`, `quit`."""

import sys

import collectives

comm = collectives.Communicator()
print(comm.info().rank, flush=True)
work = None
for line in sys.stdin:
    command, *count = line.split()
    if command == "reduce":
        comm.all_reduce(bytearray(int(count[0])))
    elif command == "start":
        work = comm.all_reduce_start(bytearray(int(count[0])), tag=3)
    elif command == "wait":
        work.wait()
    elif command == "update":
        comm.update()
    else:
        break
    print("done", flush=True)
comm.destroy()
