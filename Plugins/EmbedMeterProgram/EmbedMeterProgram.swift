import Foundation
import PackagePlugin

/// Compiles the meter's eBPF programs with the toolchain's own clang and writes the objects as Swift source (compressed, as
/// base64 text in one literal): nothing compiled is committed, and the executable needs no file beside it.
@main struct EmbedMeterProgram: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let folder = context.package.directoryURL.appending(path: "Sources/CMeter")
    let headers = [
      "program/kernel_types.h", "program/owners.h", "program/packets.h", "program/meter_maps.h",
      "program/socket_storage.h", "program/calls.h",
      "include/hw_meter_records.h",
      "include/hw_follow_records.h", "program/call_buffer.h", "include/hw_relay_records.h",
      "include/hw_names_records.h",
    ].map { folder.appending(path: $0) }
    // Debian keeps asm/types.h in a folder per architecture, which the bpf target does not search.
    let script = """
      set -eu
      swift=$(command -v swift) && clang=$(dirname "$(readlink -f "$swift")")/clang
      [ -x "$clang" ] || clang=clang
      "$clang" -target bpf -ffreestanding -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -I"$2/include" \
        -DHW_"$(uname -m)" $5 \
        -idirafter /usr/include/"$(uname -m)"-linux-gnu -c "$1" -o "$3.o"
      # libbpf reads BTF, not DWARF, which is most of the object.
      objcopy=$(dirname "$clang")/llvm-objcopy
      if [ -x "$objcopy" ]; then "$objcopy" --strip-debug "$3.o"; fi
      {
        printf '/// The compiled %s by gzip, in base64 without padding.\\nlet %s: StaticString =\\n  "' "${1##*/}" "$4"
        gzip -9nc "$3.o" | base64 -w0 | tr -d =
        printf '"\\n'
      } > "$3"
      """
    // What keeps records of sockets is built once more for older kernels (program/socket_storage.h), which do not know the third
    // version's atomic instructions (Linux 5.12).
    let oldest = "-mcpu=v2 -DHW_BY_ADDRESS"
    let builds = [
      ("meter", "meter", ""), ("follow", "follow", ""), ("relay", "relay", ""), ("names", "names", ""),
      ("meter", "meterByAddress", oldest), ("follow", "followByAddress", oldest),
      ("relay", "relayByAddress", oldest),
    ]
    return builds.map { source, name, definition in
      let program = folder.appending(path: "program/\(source).bpf.c")
      let output = context.pluginWorkDirectoryURL.appending(path: "\(name)Program.swift")
      return .buildCommand(
        displayName: "Compiling the eBPF program \(name)", executable: URL(filePath: "/bin/sh"),
        arguments: [
          "-c", script, "sh", program.path(), folder.path(), output.path(), "\(name)ProgramText", definition,
        ],
        inputFiles: [program] + headers, outputFiles: [output])
    }
  }
}
