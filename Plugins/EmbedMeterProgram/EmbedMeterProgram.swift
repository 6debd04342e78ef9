import Foundation
import PackagePlugin

/// Compiles the meter's eBPF program with the toolchain's own clang and writes the object as Swift source (hexadecimal
/// text in one literal): nothing compiled is committed, and the executable needs no file beside it.
@main struct EmbedMeterProgram: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let folder = context.package.directoryURL.appending(path: "Sources/CMeter")
    let program = folder.appending(path: "program/meter.bpf.c")
    let records = folder.appending(path: "include/hw_meter_records.h")
    let output = context.pluginWorkDirectoryURL.appending(path: "MeterProgram.swift")
    // Debian keeps asm/types.h in a folder per architecture, which the bpf target does not search.
    let script = """
      set -eu
      swift=$(command -v swift) && clang=$(dirname "$(readlink -f "$swift")")/clang
      [ -x "$clang" ] || clang=clang
      "$clang" -target bpf -ffreestanding -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -I"$2/include" \
        -idirafter /usr/include/"$(uname -m)"-linux-gnu -c "$1" -o "$3.o"
      {
        printf '/// The compiled meter.bpf.c, two hexadecimal digits a byte.\\nlet meterProgramText: StaticString =\\n  "'
        od -An -v -tx1 "$3.o" | tr -d ' \\n'
        printf '"\\n'
      } > "$3"
      """
    return [
      .buildCommand(
        displayName: "Compiling the meter's eBPF program", executable: URL(filePath: "/bin/sh"),
        arguments: ["-c", script, "sh", program.path(), folder.path(), output.path()],
        inputFiles: [program, records], outputFiles: [output])
    ]
  }
}
