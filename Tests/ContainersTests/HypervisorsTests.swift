import Containers
import Flows
import Testing

@Suite struct HypervisorsTests {
  @Test(
    arguments: [
      ("CPU 0/KVM", "/usr/bin/qemu-system-x86_64", true), ("firecracker", "/usr/local/bin/firecracker", true),
      ("openvpn", "/usr/sbin/openvpn", false), ("", nil, false),
    ] as [(String, String?, Bool)])
  func `a program that runs virtual machines is told by its executable or its name`(
    _ name: String, _ executable: String?, _ isOne: Bool
  ) {
    #expect(Hypervisors.contains(Process(pid: 1, name: name, executable: executable)) == isOne)
  }
}
