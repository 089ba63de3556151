// Loaded into every process the supervisor starts: when the supervisor dies, however it dies, so do they.
process.on('disconnect', () => process.exit(0));
