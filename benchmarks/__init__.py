"""Measurements, as ratios inside one run, because only ratios travel between machines.

    python -m benchmarks              all of them, the long ones shortened
    python -m benchmarks.match        matching: growth, the plain loop, patterns without literals, floods
    python -m benchmarks.agree        the index against asking every rule, 40,000 messages by 10,000 rules
    python -m benchmarks.decode       replies of the service: typed values beside the standard library's json
    python -m benchmarks.message      decode, match and render a message beside one bare POST
    python -m benchmarks.start        `--help` beside the bare interpreter, and what it imports
    python -m benchmarks.render       templates: plain Jinja beside the guarded one, hostile ones
    python -m benchmarks.load         reading rule files: PyYAML's own loader beside our reader
    python -m benchmarks.engine       whole loads and decisions, with the index and without
    python -m benchmarks.store        commits alone and together, a long history, the start with a full state
    python -m benchmarks.serve        a real bot: first reply, latency at 20 a second, a burst, its memory
    python -m benchmarks.reload       a real bot of 10,000 rules, edited while people write
    python -m benchmarks.files        files of every size through the whole bot, and what they cost in memory
    python -m benchmarks.kills        a real bot killed again and again: nothing lost, nothing twice
    python -m benchmarks.transport    requests over loopback: the carrier beside the bare HTTP client

Each prints what was wanted beside what was found, and ends with 1 if anything was missed.
"""
