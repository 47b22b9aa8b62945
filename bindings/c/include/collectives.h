/*
 * collectives.h - fault-tolerant collective communication over TCP, for C99 and C++.
 * SPDX-License-Identifier: MIT
 *
 * ------------------------------------------------------------------------------------------------
 * 1. Introduction
 *
 * A collective is a call that several processes make together. coll_all_reduce, the one that trains
 * models, replaces the buffer of every process by the element-wise sum (or average, product, minimum,
 * maximum) of the buffers of all. The others move parts of buffers about: broadcast, gather, scatter, all_gather,
 * reduce_scatter, all_to_all, and pairs of send and recv. The processes may run on one machine or oceans apart.
 *
 *   coordinator   a small server that holds the roster. Run it as `collectives coordinator`, or inside
 *                 any process with coll_coordinator_start. No collective talks to it.
 *   member        a process that takes part; it owns a communicator (coll_comm).
 *   rank, world   a member's position, and the number of members, within an epoch: 0 <= rank < world.
 *   epoch         one generation of the membership. It changes only in coll_comm_create and
 *                 coll_comm_update, never behind a running collective's back.
 *   slot, slots   rank and world as the last coll_comm_create or coll_comm_update gave them. Losses do not change them:
 *                 buffers with a part for each member have one for each slot, and roots are named by their slots.
 *   work          the handle of a collective that runs in the background.
 *
 * 2. Simple use (error handling left out; bindings/c/examples/ has whole programs)
 *
 *     coll_config config = COLL_CONFIG_INIT;
 *     config.coordinator = "10.0.0.1:29400";
 *     config.min_members = 4;
 *
 *     coll_comm *comm;
 *     coll_comm_create(&config, &comm);                     // returns once four members are there
 *     coll_all_reduce(comm, gradient, gradient, n, COLL_F32, COLL_AVG, NULL, NULL);
 *     coll_comm_destroy(comm);
 *
 * 3. Rules that hold for every function
 *
 *   Status     Functions return a coll_status: COLL_OK is 0, errors are negative, positive values say
 *              "not yet". coll_last_error gives the calling thread's last failure in words.
 *   Threads    Every function may be called from any thread at any time, except that a handle must not
 *              be used while or after another thread destroys it (that is detected, and answered with
 *              COLL_ERR_INVALID_HANDLE). Collectives of one communicator match by call order, so calls
 *              from several threads need an order of the caller's own, or tags.
 *   Structs    Every struct starts with `size`, set by its _INIT macro. A struct of an older, smaller
 *              header is accepted; fields that it lacks take their defaults. A size below 8 is refused
 *              (COLL_ERR_INVALID_ARGUMENT). A zero in any other field means "default".
 *   Memory     Strings and structs passed in are copied. Buffers of a collective belong to the library
 *              from the start of the call to its end (blocking) or to coll_work_wait's result. The send
 *              buffer is never written, unless it is also the receive buffer.
 *   Handles    Handles are opaque and come from *_create / *_start; each has one destroy, which takes
 *              NULL too. A destroyed handle is recognised and refused.
 *   Failure    A call that fails because of its arguments changes nothing anywhere. A collective that
 *              fails later leaves its send buffer as it was; in place, the buffer is put back
 *              (unless options.recover is COLL_RECOVER_NONE). A separate receive buffer is then
 *              unspecified.
 *   fork       A child of fork() may use the library if its parent had made no coordinator and no
 *              communicator before the fork. Otherwise every call of it returns COLL_ERR_FORKED, until it
 *              calls exec.
 *   Signals    The library never ends the process and leaves SIGINT, SIGTERM, SIGCHLD and SIGPIPE alone.
 *              From the first call on it handles SIGSEGV and SIGFPE, passing those that are not its own
 *              on to the handlers that it found, and uses SIGRTMIN to stop threads for a moment: leave
 *              that one to it.
 *   Errors     Every function may return COLL_ERR_FORKED, COLL_ERR_OUT_OF_MEMORY, COLL_ERR_SYSTEM or
 *              COLL_ERR_INTERNAL, and COLL_ERR_INVALID_HANDLE if it takes a handle; the comments below
 *              name the others.
 */
#ifndef COLLECTIVES_H
#define COLLECTIVES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions --------------------------------------------------------------------------------- */

/* The binary interface that this header describes: the major part (upper 16 bits) changes when an old
 * caller would break, the minor part (lower 16 bits) when something is added. */
#define COLL_ABI_VERSION 0x00010001u

uint32_t    coll_abi_version(void);    /* COLL_ABI_VERSION of the loaded library */
const char *coll_version_string(void); /* for example "0.1.0"; static storage */

/* ---- Status ----------------------------------------------------------------------------------- */

typedef int32_t coll_status;

#define COLL_OK 0
#define COLL_TIMEOUT 1 /* the wait ended before the work did; the work goes on */
#define COLL_PENDING 2 /* coll_work_test: not finished yet */

/* mistakes of the caller: nothing was changed */
#define COLL_ERR_INVALID_ARGUMENT (-10) /* null, unknown or out-of-range argument; the message names it */
#define COLL_ERR_INVALID_HANDLE (-11)   /* not a live handle: destroyed, or never one */
#define COLL_ERR_MISMATCH (-12)         /* members called with different count, type, op ... (on all sides) */
#define COLL_ERR_FORKED (-13)           /* called in a forked child */

/* the world outside */
#define COLL_ERR_PEER_LOST (-30)   /* a member died or became unreachable; the message names it */
#define COLL_ERR_EVICTED (-31)     /* the others went on without this member */
#define COLL_ERR_COORDINATOR (-32) /* no coordinator can be reached */
#define COLL_ERR_REFUSED (-33)     /* the other side refused us: token, version, group */
#define COLL_ERR_DEADLINE (-34)    /* the deadline passed; the message says who was waited for */
#define COLL_ERR_ABORTED (-35)     /* coll_comm_abort or coll_comm_destroy ended the call */
#define COLL_ERR_LEFT (-36)        /* the communicator has left (coll_comm_leave) */

/* this machine */
#define COLL_ERR_OUT_OF_MEMORY (-50)
#define COLL_ERR_SYSTEM (-51) /* the operating system refused something; the message has its error */

#define COLL_ERR_INTERNAL (-70) /* a bug in the library: please report the message */

/* The name of a status, "COLL_ERR_MISMATCH" say; "COLL_UNKNOWN" for other values. Static storage. */
const char *coll_status_name(coll_status status);

/* The calling thread's last failure in words: member, address, phase, bytes done, age, argument, what
 * was expected and what was found. Copies at most capacity - 1 bytes and a terminating zero into
 * `buffer`; returns the whole message's length without the zero (0: no failure yet on this thread).
 * buffer may be NULL if capacity is 0. */
size_t coll_last_error(char *buffer, size_t capacity);

/* ---- Log --------------------------------------------------------------------------------------- */

/* Each level includes those before it. */
#define COLL_LOG_OFF 0
#define COLL_LOG_ERROR 1   /* what ends a communicator or a coordinator */
#define COLL_LOG_WARNING 2 /* lost members, broken lanes and links, failed operations */
#define COLL_LOG_INFO 3    /* epochs, links, members that come */
#define COLL_LOG_DEBUG 4   /* every operation */

/* Takes one line without a line break, key=value pairs separated by spaces, values in double quotes where they
 * hold more than letters, digits and .:-_/[]+ :
 *   time=2026-11-25T17:03:12.345Z level=warning event=member_lost member=1a2b3c4d epoch=3 peer=9f8e7d6c
 *   reason=silent text="..."
 * `line` is the library's again when the call returns. */
typedef void (*coll_log_callback)(void *user, int32_t level, const char *line);

/* The log is the process's, and silent by default. The environment variable COLLECTIVES_LOG (error, warning,
 * info, debug) sends it to standard error; a callback set here takes its place; NULL gives it back to the
 * variable. The callback runs on a thread of the log's own, for one line at a time, in order. It may take its
 * time, and call the library (not itself to wait for the log's end); if it is 4096 lines behind, lines are dropped
 * and their number logged. coll_comm_destroy and coll_coordinator_stop wait up to a second for lines under way.
 * Once coll_set_log has returned, the former callback has been called for the last time, except if it is the
 * former callback itself that calls. COLL_ERR_INVALID_ARGUMENT: unknown level. */
coll_status coll_set_log(coll_log_callback callback, void *user, int32_t level);

/* ---- Coordinator ------------------------------------------------------------------------------ */

typedef struct coll_coordinator coll_coordinator;

/* No field is read from the environment: COLLECTIVES_TOKEN and the others are the members'. */
typedef struct coll_coordinator_config {
    uint32_t size; /* sizeof(coll_coordinator_config) */

    /* Where to listen: "HOST:PORT", "[IPV6]:PORT", ":PORT" for all addresses of both families; port 0
     * takes a free one. NULL: "127.0.0.1:0". */
    const char *listen;

    /* The secret that members must know; it never crosses the wire (HMAC-SHA-256 over both sides'
     * nonces, RFC 2104). NULL or "": members must have none either. */
    const char *token;

    /* A member that has not been heard of for this long is declared lost. 0: 3000. Range 100..3600000. */
    uint32_t heartbeat_ms;

    /* Where to answer HTTP's GET /metrics in Prometheus' text format, in the form of `listen`, to anybody who
     * can connect. NULL: nowhere. The families are listed in docs/observing.md. */
    const char *metrics;
} coll_coordinator_config;

#define COLL_COORDINATOR_CONFIG_INIT { sizeof(coll_coordinator_config), NULL, NULL, 0, NULL }

/* Starts a coordinator on threads of its own in this process. config may be NULL (all defaults).
 * COLL_ERR_INVALID_ARGUMENT: address not understood; COLL_ERR_SYSTEM: cannot listen there. */
coll_status coll_coordinator_start(const coll_coordinator_config *config, coll_coordinator **out);

/* The TCP port that it listens on; 0 for a dead handle. */
uint16_t coll_coordinator_port(const coll_coordinator *coordinator);

/* The TCP port of GET /metrics; 0 without one, and for a dead handle. */
uint16_t coll_coordinator_metrics_port(const coll_coordinator *coordinator);

/* Stops it, joins its threads, frees it. Members keep their epoch and their running collectives.
 * NULL is allowed. */
coll_status coll_coordinator_stop(coll_coordinator *coordinator);

/* ---- Communicator ----------------------------------------------------------------------------- */

typedef struct coll_comm coll_comm;

/* Every field has an environment variable, COLLECTIVES_ and the field's name in capitals
 * (COLLECTIVES_COORDINATOR, COLLECTIVES_MIN_MEMBERS ...), read where the field is zero or NULL. */
typedef struct coll_config {
    uint32_t size; /* sizeof(coll_config) */

    /* Members needed for the first epoch. 0: 1. */
    uint32_t min_members;

    /* "HOST:PORT[,HOST:PORT...]": coordinators in order of preference. Required, here or in the
     * environment. IPv6 addresses stand in brackets. */
    const char *coordinator;

    /* Members of one group communicate with each other; groups of a coordinator do not meet. */
    uint32_t group;

    /* TCP connections per link (between two members). 0: the library chooses: one where both ends are in one
     * machine or one rack; over a longer line it begins with one, and opens more while they carry more, for
     * a line is not filled by one connection that losses or its window hold back. Range 1..64. */
    uint32_t lanes;

    /* The address that others reach this member at, "HOST", "HOST:PORT" or "[IPV6]:PORT" (the port is
     * then also the one listened on). NULL: the address that the coordinator sees this member at, and
     * a free port. Of two members one has to reach the other, no matter which, or a third both of them. */
    const char *advertise;

    /* Name of the network interface whose address is advertised ("eth1"). NULL: as above. */
    const char *interface_name;

    /* The secret shared with the coordinator and the other members; NULL or "": none. */
    const char *token;

    /* Congestion control of the lanes ("cubic", "bbr" ...). NULL: cubic where both ends are in one
     * machine or one rack (round trip under 1 ms), where pacing only costs; the kernel's default elsewhere. */
    const char *congestion_control;

    /* Silence after which the coordinator is held for gone, and this member for gone by it. 0: 3000.
     * Range 100..3600000. */
    uint32_t heartbeat_ms;

    /* How long a waiting call looks for arriving bytes before it sleeps, in microseconds. 0: the
     * library chooses (none at all while nothing is in flight); -1: never spin. Range -1..1000000. */
    int32_t spin_us;

    /* Deadline of coll_comm_create, coll_comm_update and, unless their options say otherwise, of
     * collectives, in milliseconds. 0: 300000 for the first two, and for a collective no fixed time: it may stand
     * still (nothing is sent or received for it) for ten times the longest pause that any collective of this
     * communicator has had before it went on, at least 60000 and at most 300000. */
    int64_t deadline_ms;

    /* Upper bound for the library's scratch memory, in bytes; it takes what is needed. 0: 16 MiB and 4 MiB per
     * lane, or 75 MiB where the library chooses how many lanes there are. At least 4 MiB, and 2 MiB and 1 MiB per
     * lane; less than 0 chooses means that fewer lanes are opened. What operations in place keep for recovery (at most the buffers' own size) comes
     * on top, and so do the inputs of small operations in flight (at most 256 KiB each). */
    uint64_t scratch_limit_bytes;

    /* Idle time in seconds before TCP keepalive probes a lane. 0: 15. */
    uint32_t keepalive_s;

    /* Milliseconds that sent bytes may stay unacknowledged before the kernel gives a lane up
     * (TCP_USER_TIMEOUT, RFC 5482). 0: half of heartbeat_ms; a link that cannot be made again within the other
     * half is complained of to the coordinator, which drops one of its members. */
    uint32_t user_timeout_ms;

    /* Directory that a dump (coll_comm_dump) is written into when an operation ends in an error, as
     * collectives-<member>-<time>.json; it is made if it does not exist. Written in the background, at least a
     * second apart, at most 100 files per communicator; coll_comm_destroy waits for the last one. A file that
     * cannot be written is told to the log, and to nobody else. NULL: no files. */
    const char *dump_dir;

    /* Events that the flight recorder keeps, 104 bytes each. 0: 1024; -1: none. Range -1..1048576. */
    int32_t recorded_events;

    /* 1: rings go round the members in the order of their ranks. 0: in the order, and over as many rings, as the
     * links between them carry the most; that is found out over far links (a round trip of 1 ms and more)
     * among 3 to 32 members, and a better order takes effect at a coll_comm_update. One member that asks for 1 is
     * enough for its group. */
    int32_t keep_order;

    /* The ports that this member may listen at for the others, "FIRST-LAST" or one port ("30000-30100"): those that a
     * firewall lets in. The first free one is taken; COLL_ERR_SYSTEM if there is none. A port in `advertise` is the one
     * that is taken, and has to be in the range. NULL: any free port. */
    const char *port_range;
} coll_config;

#define COLL_CONFIG_INIT \
    { sizeof(coll_config), 0, NULL, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, NULL, 0, 0, NULL }

typedef struct coll_epoch_info {
    uint32_t size;        /* sizeof(coll_epoch_info) */
    uint32_t rank;        /* of this member, 0 <= rank < world */
    uint64_t epoch;       /* number of the epoch, from 1 */
    uint32_t world;       /* members of the epoch */
    uint32_t pending;     /* members that wait for admission, as last heard */
    uint8_t  member[16];  /* this member's id */
    uint32_t slot;        /* this member's rank at the last coll_comm_create or coll_comm_update */
    uint32_t slots;       /* the world then: parts of buffers with a part for each member */
} coll_epoch_info;

#define COLL_EPOCH_INFO_INIT { sizeof(coll_epoch_info), 0, 0, 0, 0, { 0 }, 0, 0 }

typedef struct coll_comm_statistics {
    uint32_t size;                 /* sizeof(coll_comm_statistics) */
    uint32_t lanes;                /* open lanes, all links */
    uint64_t operations;           /* collectives that ended well */
    uint64_t failures;             /* collectives that ended in an error */
    uint64_t tx_bytes;             /* bytes sent on lanes, headers included */
    uint64_t rx_bytes;             /* bytes received on lanes, headers included */
    uint64_t frames_dropped;       /* frames of another epoch or operation, or received before */
    uint64_t connections_refused;  /* connections that failed the handshake or broke the protocol */
    uint64_t coordinator_messages; /* messages sent to the coordinator, heartbeats and reports not counted */
    uint64_t scratch_bytes;        /* scratch memory held now */
    uint64_t scratch_peak_bytes;   /* most scratch memory ever held */
    uint64_t managed_bytes;        /* managed memory allocated by this process so far (a test aid) */
} coll_comm_statistics;

#define COLL_COMM_STATISTICS_INIT \
    { sizeof(coll_comm_statistics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* Registers with the coordinator, waits until the group's first epoch has formed (or until the running
 * members admit this one at their next coll_comm_update), connects to the other members and returns.
 * COLL_ERR_INVALID_ARGUMENT: the message names the field. COLL_ERR_COORDINATOR: none of the addresses
 * answered until the deadline. COLL_ERR_REFUSED: wrong token or version, or a loopback address advertised to
 * others. COLL_ERR_EVICTED: there was no link with another member in either direction, and the others began without;
 * the message names the addresses, what happened, and what to set. COLL_ERR_DEADLINE: the epoch did not form in time; the message
 * says how many members were there. */
coll_status coll_comm_create(const coll_config *config, coll_comm **out);

/* The admission point: all active members call it, as they would a collective. Admits the members that
 * wait and starts a new epoch if there are any, or if a member was lost since the last one; ranks may change, and slots
 * are the ranks again.
 * Collectives in flight keep the roster that they began with. `out` may be NULL.
 * COLL_ERR_DEADLINE, COLL_ERR_COORDINATOR, COLL_ERR_EVICTED, COLL_ERR_ABORTED, COLL_ERR_LEFT. */
coll_status coll_comm_update(coll_comm *comm, coll_epoch_info *out);

/* Epoch, rank, world and pending members as this member knows them; no message is exchanged. */
coll_status coll_comm_info(const coll_comm *comm, coll_epoch_info *out);

/* Counters since the communicator was created. */
coll_status coll_comm_stats(const coll_comm *comm, coll_comm_statistics *out);

/* What this member has seen: the flight recorder's last events (operations begun, committed, failed; links,
 * lanes, epochs, losses, the coordinator), operations in flight with who is waited for, links and counters, as
 * one JSON object in UTF-8. It is always on, and no message is exchanged. docs/observing.md has the fields.
 * *length (NULL is allowed) is set to the document's length without its terminating zero. It is copied whole,
 * or not at all: COLL_ERR_INVALID_ARGUMENT if capacity is too small. With capacity 0 (then buffer may be NULL)
 * only the length is told. The next call's may be longer, since more has happened: give it twice as much, and
 * repeat while it does not fit. Works after an error, an abort and a departure too. */
coll_status coll_comm_dump(const coll_comm *comm, char *buffer, size_t capacity, size_t *length);

/* Ends every call and every work in progress on this communicator, on this member, with
 * COLL_ERR_ABORTED, and all later ones too; the others see a lost member. From any thread. */
coll_status coll_comm_abort(coll_comm *comm);

/* Tells the others that this member goes, so that its departure costs them no detection time. Works in
 * flight should have ended; those that have not end with COLL_ERR_LEFT. Only destroy is left to call. */
coll_status coll_comm_leave(coll_comm *comm);

/* Leaves (if that has not happened), ends what runs with COLL_ERR_ABORTED, closes all connections, joins
 * all threads and frees the communicator. NULL is allowed. Works of it stay valid until destroyed. */
void coll_comm_destroy(coll_comm *comm);

/* ---- Collectives ------------------------------------------------------------------------------ */

typedef int32_t coll_dtype; /* element types; little-endian in memory */

#define COLL_I8 1
#define COLL_U8 2
#define COLL_I16 3
#define COLL_U16 4
#define COLL_I32 5
#define COLL_U32 6
#define COLL_I64 7
#define COLL_U64 8
#define COLL_F16 20  /* IEEE 754 binary16 */
#define COLL_BF16 21 /* bfloat16: the upper half of binary32 */
#define COLL_F32 22
#define COLL_F64 23

typedef int32_t coll_op;

/* Integers wrap around. f16 and bf16 are added in f32 and rounded to nearest even once per step. Each
 * element's order of reduction depends on ranks alone, so results are bit-identical on all members and
 * from run to run. */
#define COLL_SUM 1
#define COLL_AVG 2  /* the sum divided by the participants' total weight; integers round toward zero */
#define COLL_PROD 3
#define COLL_MIN 4  /* of floats: NaN if any is NaN (IEEE 754-2019 minimum); -0 < +0 */
#define COLL_MAX 5  /* of floats: NaN if any is NaN (IEEE 754-2019 maximum) */

/* How an all_reduce of S bytes over P members runs. Its halves, reduce_scatter and all_gather, take half the steps and half
 * the bytes; they have _RING, _HALVING and _DIRECT. broadcast and reduce have these and _TREE. The others have
 * COLL_ALGORITHM_AUTO only. docs/algorithms.md says more. */
#define COLL_ALGORITHM_AUTO 0
#define COLL_ALGORITHM_RING 1         /* 2(P-1) steps, 2S(P-1)/P bytes sent per member */
#define COLL_ALGORITHM_EXCHANGE 2     /* all inputs to all: 1 step, S(P-1) bytes sent per member; up to 256 KiB */
#define COLL_ALGORITHM_STAR 3         /* all inputs to rank 0, the result back: 2 steps, 2S(P-1) bytes sent in all; up to 256 KiB */
#define COLL_ALGORITHM_TWO_WAY_RING 4 /* two rings at once, one in each direction */
#define COLL_ALGORITHM_TREE 5         /* up a tree and down it again: about 2 log2 P steps */
#define COLL_ALGORITHM_HALVING 6      /* with ever nearer members, ever smaller parts: 2 log2 P steps, 2S(P-1)/P bytes sent per member */
#define COLL_ALGORITHM_DIRECT 7       /* each part to the member that reduces it, and from it to all: 2 steps, 2S(P-1)/P bytes sent per member */
#define COLL_ALGORITHM_HIERARCHICAL 8 /* within each site, between sites, within each site */

#define COLL_RECOVER_INPUT 0 /* a failed operation in place puts the buffer back */
#define COLL_RECOVER_NONE 1  /* saves that memory; after a failure the buffer is unspecified */

/* What becomes of an operation when members of it are lost before all hold the result. */
#define COLL_ON_LOSS_RETRY 0 /* the same call goes on: with the result, if a survivor holds it, else over the survivors */
#define COLL_ON_LOSS_FAIL 1  /* COLL_ERR_PEER_LOST, unless a survivor holds the result already */

/* What becomes of an operation that some members have not called when its deadline has passed. If all have called
 * it, or one of the others cannot begin again (COLL_ON_LOSS_FAIL, COLL_RECOVER_NONE), it fails in any case; if one
 * holds the result already, it ends well. It takes the coordinator, and then as long again. */
#define COLL_ON_LATE_WAIT 0    /* COLL_ERR_DEADLINE on all members */
#define COLL_ON_LATE_EVICT 1   /* those members are evicted, and the others go on as after any loss */
#define COLL_ON_LATE_PROCEED 2 /* the operation ends without their input; when they call it at last they get its
                                * result (COLL_OK, result.late is 1), and keep their input for the next round. The
                                * result is kept for them for 300 s by one member. At most 32 members. */

typedef struct coll_options {
    uint32_t size; /* sizeof(coll_options) */

    /* 0: operations match by call order, which is then the same on all members. Otherwise operations of
     * the same tag match each other in call order, and different tags are independent. Range 0..2147483647; of
     * coll_send and coll_recv 0..65535. */
    uint32_t tag;

    int32_t algorithm; /* COLL_ALGORITHM_*, of those that the collective has; all members the same */
    int32_t recover;   /* COLL_RECOVER_*; each member for itself */

    /* This member's weight for COLL_SUM and COLL_AVG of floating-point types: its elements are multiplied by
     * it first. 0: 1. Finite and positive. May differ between members. */
    double weight;

    /* Milliseconds from the start until COLL_ERR_DEADLINE, on all members. 0: coll_config.deadline_ms. */
    int64_t deadline_ms;

    int32_t on_loss; /* COLL_ON_LOSS_*; if any member of an operation asks to fail, it fails on all */
    int32_t on_late; /* COLL_ON_LATE_*; that of the member whose deadline passes first; _PROCEED of coll_all_reduce only */

    /* With COLL_ON_LATE_PROCEED in place: `count` elements that a late member's input is copied to before the
     * result replaces it. NULL out of place, where the input is not touched. */
    void *contribution;

    uint32_t min_participants; /* with COLL_ON_LATE_PROCEED and _EVICT: with fewer it fails. 0: 1 */

    /* Of operations in flight, what those with a higher priority have to send goes first. Range -100..100; each
     * member for itself. */
    int32_t priority;
} coll_options;

#define COLL_OPTIONS_INIT { sizeof(coll_options), 0, 0, 0, 0.0, 0, 0, 0, NULL, 0, 0 }

typedef struct coll_result {
    uint32_t size;            /* sizeof(coll_result) */
    uint32_t participants;    /* members whose input is in the result */
    uint64_t epoch;           /* the epoch that it was computed in */
    uint32_t retries;         /* times that the operation was run again after a loss */
    uint32_t pending_members; /* members that wait for coll_comm_update; the same on all participants */
    uint64_t tx_bytes;        /* sent for this operation, headers included */
    uint64_t rx_bytes;        /* received for this operation, headers included */
    double   seconds;         /* from start to commit */
    int32_t  algorithm;       /* COLL_ALGORITHM_* that ran */
    int32_t  late;            /* 1: this member called too late, its input is not in the result */
    uint64_t participant_mask; /* bit r: the member of rank r of `epoch` has its input in the result (r < 64) */
    uint32_t better_order;    /* 1: coll_comm_update puts the members in an order in which their links carry
                               * more; the same on all participants */
    uint32_t reserved;        /* 0 */
    uint64_t slot_mask;       /* bit s: the member of slot s took part (s < 64) */
    double   predicted_seconds; /* what the choice of the algorithm expected `seconds` to be; 0: nothing */
} coll_result;

#define COLL_RESULT_INIT { sizeof(coll_result), 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0, 0.0 }

typedef struct coll_work coll_work;

/*
 * All-reduce: recv[i] = op over all members m of weight_m * send_m[i], for 0 <= i < count.
 *
 *   send, recv  `count` elements each, aligned to the element's size or not; the same pointer means in
 *               place; otherwise they must not overlap. May be NULL if count is 0.
 *   count       the same on all members; any, also less than the world. count * element size < 2^62.
 *   type, op    the same on all members.
 *   options     NULL: defaults.
 *   result      NULL, or a struct with its `size` set; written on COLL_OK.
 *
 * Returns when every participant holds the whole result.
 *
 * If members are lost on the way the same call goes on among those that are left (options->on_loss): with the
 * result that one of them holds already, or again from the inputs. The result says how many members are in it
 * and how often it was run again, alike on all of them. The epoch, ranks and world change with the loss
 * (coll_comm_info); calls are still counted and matched as before.
 *
 * COLL_ERR_INVALID_ARGUMENT; COLL_ERR_MISMATCH: the message shows both calls; COLL_ERR_PEER_LOST: a member
 * was lost, and this or another member asked for COLL_ON_LOSS_FAIL, or gave its input up in place
 * (COLL_RECOVER_NONE); COLL_ERR_DEADLINE, COLL_ERR_OUT_OF_MEMORY: here, or on another member, which the message
 * names; COLL_ERR_ABORTED; COLL_ERR_LEFT; COLL_ERR_EVICTED. An operation that has failed on one member fails on
 * all. After COLL_ERR_PEER_LOST members may have made different numbers of calls: let all of them call
 * coll_comm_update before the next one.
 */
coll_status coll_all_reduce(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                            coll_op op, const coll_options *options, coll_result *result);

/* The same in the background: the buffers are the library's until the work has ended. Many may be in
 * flight; they share the lanes segment by segment. */
coll_status coll_all_reduce_start(coll_comm *comm, const void *send, void *recv, uint64_t count,
                                  coll_dtype type, coll_op op, const coll_options *options,
                                  coll_work **out);

/* ---- Collectives with parts and roots -----------------------------------------------------------
 *
 * What is said of coll_all_reduce holds for these too, as far as nothing else is said: type, op, options, result,
 * alignment, COLL_OK when all participants are done, errors, and that a failure on one member is one on all. Besides:
 *
 *   Parts      A buffer with a part for each member has one for each slot (coll_epoch_info.slots), in the order of
 *              slots: part s begins at element s * count. Lengths are given in elements of one part. All parts together
 *              must be smaller than 2^62 bytes.
 *   root, to, from   slots. They are the ranks until a member is lost, and stay what they are when one is.
 *   Buffers    `send` is only read, `recv` only written; they must not overlap, except in the place that the function
 *              names as "in place". A buffer may be NULL where it has no elements, or where the function does not use
 *              it on this member. After an error, what this member would have received is unspecified; what it sends
 *              is as it was, in place too (unless options.recover is COLL_RECOVER_NONE).
 *   Same calls count, type, op, root, algorithm and counts are the same on all members, or it is COLL_ERR_MISMATCH on all
 *              (coll_all_to_all_v's counts are each member's own).
 *   Losses     The call goes on among those that are left, as coll_all_reduce's does: with what one of them holds
 *              already, or again. Parts of members that are lost before they were sent are zeros: coll_result.slot_mask
 *              says whose are not. Without a root nothing is left to go on with: COLL_ERR_PEER_LOST on all survivors
 *              of a coll_broadcast, coll_reduce, coll_gather and coll_scatter that has not ended on one of them. The
 *              loss of another member is no error of these.
 *   on_late    COLL_ON_LATE_PROCEED is coll_all_reduce's only; elsewhere it is COLL_ERR_INVALID_ARGUMENT.
 *   COLL_ERR_INVALID_ARGUMENT   besides: root, to or from is no slot; an algorithm that the function lacks (the message
 *              says which ones it has); overlapping buffers; counts NULL.
 *   _start     The same in the background, as coll_all_reduce_start is. `counts` are read before it returns.
 */

/*
 * Reduce-scatter: recv[i] = op over all members m of weight_m * send_m[slot * count + i], for 0 <= i < count.
 *
 *   send        slots * count elements
 *   recv        count elements: this member's part of the reduced buffer
 *   in place    recv == send + slot * count elements. The other parts of send may then be overwritten; after an error
 *               all of it is as it was.
 *
 * After a loss the parts are the sums over those that are left; the part of a lost member is nobody's.
 */
coll_status coll_reduce_scatter(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                                coll_op op, const coll_options *options, coll_result *result);
coll_status coll_reduce_scatter_start(coll_comm *comm, const void *send, void *recv, uint64_t count,
                                      coll_dtype type, coll_op op, const coll_options *options,
                                      coll_work **out);

/* The same with parts of different lengths: slot s gets counts[s] elements, which begin in `send` after those of the
 * slots before it. counts has an entry for each slot, 0 too, and is the same on all members. */
coll_status coll_reduce_scatter_v(coll_comm *comm, const void *send, void *recv, const uint64_t *counts,
                                  coll_dtype type, coll_op op, const coll_options *options,
                                  coll_result *result);
coll_status coll_reduce_scatter_v_start(coll_comm *comm, const void *send, void *recv, const uint64_t *counts,
                                        coll_dtype type, coll_op op, const coll_options *options,
                                        coll_work **out);

/*
 * All-gather: recv[s * count + i] = send_s[i], for all slots s and 0 <= i < count, on all members.
 *
 *   send        count elements
 *   recv        slots * count elements
 *   in place    send == recv + slot * count elements
 *
 * After a loss the lost member's part is zeros on all, or what it sent on all.
 */
coll_status coll_all_gather(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                            const coll_options *options, coll_result *result);
coll_status coll_all_gather_start(coll_comm *comm, const void *send, void *recv, uint64_t count,
                                  coll_dtype type, const coll_options *options, coll_work **out);

/* The same with parts of different lengths: slot s sends counts[s] elements, which begin in `recv` after those of the
 * slots before it. counts has an entry for each slot, 0 too, and is the same on all members. */
coll_status coll_all_gather_v(coll_comm *comm, const void *send, void *recv, const uint64_t *counts,
                              coll_dtype type, const coll_options *options, coll_result *result);
coll_status coll_all_gather_v_start(coll_comm *comm, const void *send, void *recv, const uint64_t *counts,
                                    coll_dtype type, const coll_options *options, coll_work **out);

/*
 * Broadcast: recv[i] = send_root[i], for 0 <= i < count, on all members.
 *
 *   send        count elements; used on the root only
 *   recv        count elements, on the root too
 *   in place    recv == send; the root's is then not written
 *
 * COLL_ERR_PEER_LOST: the root was lost, and the call has not ended on any that is left.
 */
coll_status coll_broadcast(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                           uint32_t root, const coll_options *options, coll_result *result);
coll_status coll_broadcast_start(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                                 uint32_t root, const coll_options *options, coll_work **out);

/*
 * Reduce: on the root, recv[i] = op over all members m of weight_m * send_m[i], for 0 <= i < count.
 *
 *   send        count elements
 *   recv        count elements; used on the root only
 *   in place    recv == send
 *
 * COLL_ERR_PEER_LOST: the root was lost.
 */
coll_status coll_reduce(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                        coll_op op, uint32_t root, const coll_options *options, coll_result *result);
coll_status coll_reduce_start(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                              coll_op op, uint32_t root, const coll_options *options, coll_work **out);

/*
 * Gather: on the root, recv[s * count + i] = send_s[i], for all slots s and 0 <= i < count.
 *
 *   send        count elements
 *   recv        slots * count elements; used on the root only
 *   in place    on the root, send == recv + root * count elements
 *
 * After a loss the lost member's part is zeros, or what it sent. COLL_ERR_PEER_LOST: the root was lost.
 */
coll_status coll_gather(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                        uint32_t root, const coll_options *options, coll_result *result);
coll_status coll_gather_start(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                              uint32_t root, const coll_options *options, coll_work **out);

/*
 * Scatter: recv[i] = send_root[slot * count + i], for 0 <= i < count, on all members.
 *
 *   send        slots * count elements; used on the root only
 *   recv        count elements, on the root too
 *   in place    on the root, recv == send + root * count elements
 *
 * COLL_ERR_PEER_LOST: the root was lost.
 */
coll_status coll_scatter(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                         uint32_t root, const coll_options *options, coll_result *result);
coll_status coll_scatter_start(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                               uint32_t root, const coll_options *options, coll_work **out);

/*
 * All-to-all: recv[s * count + i] = send_s[slot * count + i], for all slots s and 0 <= i < count, on all members.
 *
 *   send, recv  slots * count elements each
 *   in place    recv == send
 *
 * After a loss the lost member's part is zeros, or what it sent.
 */
coll_status coll_all_to_all(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                            const coll_options *options, coll_result *result);
coll_status coll_all_to_all_start(coll_comm *comm, const void *send, void *recv, uint64_t count, coll_dtype type,
                                  const coll_options *options, coll_work **out);

/* The same with parts of different lengths: send_counts[s] elements go to slot s, recv_counts[s] come from it; each
 * buffer has its parts one after the other, in the order of slots. Both have an entry for each slot, 0 too. What member
 * a sends to b is what b expects from a, else it is COLL_ERR_MISMATCH. Not in place. */
coll_status coll_all_to_all_v(coll_comm *comm, const void *send, const uint64_t *send_counts, void *recv,
                              const uint64_t *recv_counts, coll_dtype type, const coll_options *options,
                              coll_result *result);
coll_status coll_all_to_all_v_start(coll_comm *comm, const void *send, const uint64_t *send_counts, void *recv,
                                    const uint64_t *recv_counts, coll_dtype type, const coll_options *options,
                                    coll_work **out);

/*
 * Send and receive: one member's coll_send(to) and the other's coll_recv(from) are one operation of these two, which
 * the rest takes no part in.
 *
 *   buffer      count elements, read by the one, written by the other
 *   count, type the same on both
 *   options     tag: 0..65535. A send meets a receive of the same sender, receiver and tag, in the order of these; other
 *               collectives' order and tags are independent of it.
 *
 * Both return when the receiver holds it all: a send waits for its receive. Two members that send to each other first
 * wait for ever (until a deadline): let one receive first, or start one of the two.
 *
 * COLL_ERR_INVALID_ARGUMENT: `to` or `from` is this member itself. COLL_ERR_PEER_LOST: the other one was lost, before
 * or meanwhile; no other's loss matters.
 */
coll_status coll_send(coll_comm *comm, const void *buffer, uint64_t count, coll_dtype type, uint32_t to,
                      const coll_options *options, coll_result *result);
coll_status coll_send_start(coll_comm *comm, const void *buffer, uint64_t count, coll_dtype type, uint32_t to,
                            const coll_options *options, coll_work **out);
coll_status coll_recv(coll_comm *comm, void *buffer, uint64_t count, coll_dtype type, uint32_t from,
                      const coll_options *options, coll_result *result);
coll_status coll_recv_start(coll_comm *comm, void *buffer, uint64_t count, coll_dtype type, uint32_t from,
                            const coll_options *options, coll_work **out);

/* Barrier: returns when all members have called it. A lost member is not waited for. */
coll_status coll_barrier(coll_comm *comm, const coll_options *options, coll_result *result);
coll_status coll_barrier_start(coll_comm *comm, const coll_options *options, coll_work **out);

/* ---- Work ------------------------------------------------------------------------------------- */

/* Waits up to timeout_ms for the work's end (negative: until it ends; its own deadline bounds that) and
 * returns its status; COLL_TIMEOUT leaves it running. May be called again after the end, from several
 * threads too. `result` may be NULL. */
coll_status coll_work_wait(coll_work *work, int64_t timeout_ms, coll_result *result);

/* Its status, or COLL_PENDING. Never blocks. */
coll_status coll_work_test(coll_work *work, coll_result *result);

/* A file descriptor that is readable from the work's end on, for poll and event loops; do not read or
 * close it. It lives as long as the work. -1 for a dead handle or without descriptors left. */
int coll_work_fd(coll_work *work);

/* Frees the handle. If the work has not ended, waits for its end first. NULL is allowed. */
void coll_work_destroy(coll_work *work);

#ifdef __cplusplus
}
#endif

#endif /* COLLECTIVES_H */
