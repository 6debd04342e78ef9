public import Flows
internal import LinuxSystem

/// Programs that run virtual machines. A tap device that one of them holds belongs to a machine and is no tunnel.
public enum Hypervisors {
  static let programs: ProgramNames = [
    "qemu-system*", "qemu-kvm", "kvm", "firecracker", "cloud-hypervisor", "crosvm", "VBoxHeadless", "virtualbox*",
  ]

  /// Whether `process` runs a virtual machine.
  public static func contains(_ process: Process) -> Bool {
    ProgramNames.candidates(process).contains(where: programs.contains)
  }
}
