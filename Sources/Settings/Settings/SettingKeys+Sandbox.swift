import Domain

extension SettingKeys {
    static let sandbox: [Setting<MakimaConfiguration>] = [
        Setting(
            "sandbox.mode",
            .choice(SettingChoice(\.sandbox.mode)),
            "`auto`: confined with what this machine offers; `required`: with all parts or not at all; `off`: with your "
                + "own rights."
        ),
        Setting("sandbox.read", .list(\.sandbox.read), "Further absolute paths that agents and checks may read."),
        Setting("sandbox.write", .list(\.sandbox.write), "Further absolute paths that agents and checks may write."),
        Setting(
            "sandbox.nested",
            .flag(\.sandbox.nested),
            "Whether programs inside may make sandboxes of their own; opens user namespaces and mounts to them."
        ),
        Setting(
            "sandbox.network",
            .choice(SettingChoice(\.sandbox.network)),
            "`full`: all that you reach; `allowlist`: the hosts of `allow_hosts`, through makima's own proxy; `none`."
        ),
        Setting(
            "sandbox.allow_hosts",
            .list(\.sandbox.allowHosts),
            "Hosts for `allowlist`, as `api.example.com`, `*.example.com` or `127.0.0.1:8080`; ports 443 and 80 where "
                + "none is named. An address that is not public is reached only where an entry is that address."
        ),
        Setting(
            "sandbox.max_upload_mib",
            .optionalInteger(\.sandbox.maxUploadMiB),
            "How many MiB one run of a task may send out under `allowlist`."
        ),
        Setting(
            "sandbox.max_processes",
            .optionalInteger(\.sandbox.limits.processes),
            "How many processes and threads one agent or check may have at a time. For root, and without a sandbox, only where "
                + "makima can make control groups that count them."
        ),
        Setting(
            "sandbox.max_memory_mib",
            .optionalInteger(\.sandbox.limits.memoryMiB),
            "How many MiB of memory one agent or check may take with all that it starts; what takes more is ended. Where makima "
                + "can make no control group for it, nothing is started."
        ),
        Setting(
            "sandbox.max_cpus",
            .optionalNumber(\.sandbox.limits.cpus, 0.01...65536),
            "How many processors one agent or check may take with all that it starts, as 1.5. Where makima can make no control "
                + "group for it, nothing is started."
        ),
        Setting(
            "sandbox.max_open_files",
            .optionalInteger(\.sandbox.limits.openFiles),
            "How many files each process may have open."
        ),
        Setting(
            "sandbox.max_file_mib",
            .optionalInteger(\.sandbox.limits.fileMiB),
            "The greatest size of a file that may be written, in MiB."
        ),
        Setting(
            "sandbox.max_disk_mib",
            .optionalInteger(\.sandbox.limits.diskMiB),
            "How many MiB of the disk the files of a task may take: its workspace, its home and the output of what runs. What "
                + "exceeds it is ended, and the task is blocked."
        ),
        Setting("sandbox.ptrace", .flag(\.sandbox.ptrace), "Whether debuggers work inside."),
    ]
}
