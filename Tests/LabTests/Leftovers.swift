import Foundation
import Lab

/// What could be left behind by a lab, as lines: cgroups (none goes while it holds a process), folders,
/// mounts and interfaces of the machine.
enum Leftovers {
  static func now() throws -> Set<String> {
    let script = """
      find $(awk '{ for (i = 7; $i != "-"; i++); if ($(i+1) ~ /^cgroup2?$/) print $5 }' /proc/self/mountinfo) \
        -type d -name "\(Lab.name)-*" 2>/dev/null
      find \(Lab.folder) -mindepth 1 -maxdepth 1 -type d -name 'hwlab-*'
      cut -d' ' -f 5- /proc/self/mountinfo | sed 's/^/mount /'
      ls /sys/class/net | sed 's/^/interface /'
      """
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script]
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Set(String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init))
  }
}
