import Flows
import Lab
import LinuxSystem
import Testing

@testable import Tracing
@testable import Bundles

/// Command lines that are printed for a person are safe to paste, whatever names others have given.
@Suite struct ShownCommandsTests {
  private let id = String(repeating: "ab", count: 32)

  @Test(arguments: [
    ("web", "docker inspect web"), ("a;reboot", "docker inspect 'a;reboot'"), ("$(id)", "docker inspect '$(id)'"),
  ]) func `a container is inspected by its name`(name: String, command: String) {
    #expect(HopDescriber.inspection(Container(runtime: "docker", id: id, name: name)) == command)
  }

  @Test(arguments: ["-f", "a\nb", "a\u{1B}[2Jb", "a\u{202E}b", ""])
  func `a container whose name can't be pasted is inspected by its id`(name: String) {
    #expect(HopDescriber.inspection(Container(runtime: "podman", id: id, name: name)) == "podman inspect \(id)")
    #expect(HopDescriber.inspection(Container(runtime: "docker", id: "-x", name: name)) == nil)
  }

  @Test func `files of a bundle with any name are shown`() throws {
    let folder = try TemporaryFolder()
    try folder.write("it's here/a b.txt", "x\n")
    let files = try EvidenceFiles(reading: "\(folder.path)/it's here")
    let command = try #require(files.command(EvidenceLine(file: "a b.txt", line: 1)))
    #expect(command == #"sed -n 1p '\#(folder.path)/it'\''s here/a b.txt'"#)
    #expect(files.command(EvidenceLine(file: "a\nb.txt", line: 1)) == nil)
    #expect(files.command(EvidenceLine(file: "a b.txt", line: 0)) == nil)
    #expect(
      files.command(capture: "x.pcap", filter: "tcp and host 10.0.0.2")?.hasSuffix("x.pcap' 'tcp and host 10.0.0.2'")
        == true)
  }

  @Test func `a place whose name can't be pasted is left for the person to fill in`() {
    #expect(EvidencePlace.named("blue").entry == "ip netns exec blue ")
    #expect(EvidencePlace.named("a b").entry == "ip netns exec 'a b' ")
    #expect(EvidencePlace.named("-b\n").entry == "ip netns exec NAME ")
    #expect(
      EvidencePlace.container("`id`").entry == "nsenter -t $(docker inspect -f '{{.State.Pid}}' '`id`') -n ")
    #expect(EvidencePlace.container("-x").entry == "nsenter -t $(docker inspect -f '{{.State.Pid}}' CONTAINER) -n ")
  }
}
