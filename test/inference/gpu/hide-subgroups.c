/*
 * A Vulkan layer that hides a device's subgroup operations. Software devices have subgroups of 4 or 8, for which the
 * fused attention of ONNX Runtime 1.30 computes wrongly; NVIDIA's and Apple's take another path, through shared memory,
 * as does any device without subgroups. Behind this layer a software device takes that path too, so that the shaders
 * most people's GPUs run are tested.
 *
 *   gcc -shared -fPIC -O1 hide-subgroups.c -o libhide-subgroups.so      (needs the headers of libvulkan-dev)
 */
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

static PFN_vkGetInstanceProcAddr next_address;
static PFN_vkGetPhysicalDeviceProperties2 next_properties;

static VKAPI_ATTR void VKAPI_CALL properties(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *out) {
  next_properties(device, out);
  for (VkBaseOutStructure *more = out->pNext; more; more = more->pNext) {
    if (more->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES)
      ((VkPhysicalDeviceSubgroupProperties *)more)->supportedOperations = VK_SUBGROUP_FEATURE_BASIC_BIT;
    else if (more->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES)
      ((VkPhysicalDeviceVulkan11Properties *)more)->subgroupSupportedOperations = VK_SUBGROUP_FEATURE_BASIC_BIT;
  }
}

static VKAPI_ATTR VkResult VKAPI_CALL create(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *allocator,
                                             VkInstance *instance) {
  VkLayerInstanceCreateInfo *link = (VkLayerInstanceCreateInfo *)info->pNext;
  while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO && link->function == VK_LAYER_LINK_INFO))
    link = (VkLayerInstanceCreateInfo *)link->pNext;
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next_address = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkResult result = ((PFN_vkCreateInstance)next_address(NULL, "vkCreateInstance"))(info, allocator, instance);
  if (result == VK_SUCCESS)
    next_properties = (PFN_vkGetPhysicalDeviceProperties2)next_address(*instance, "vkGetPhysicalDeviceProperties2");
  return result;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL address(VkInstance instance, const char *name) {
  if (!strcmp(name, "vkGetInstanceProcAddr")) return (PFN_vkVoidFunction)address;
  if (!strcmp(name, "vkCreateInstance")) return (PFN_vkVoidFunction)create;
  if (!strcmp(name, "vkGetPhysicalDeviceProperties2") || !strcmp(name, "vkGetPhysicalDeviceProperties2KHR"))
    return (PFN_vkVoidFunction)properties;
  return next_address ? next_address(instance, name) : NULL;
}

VK_LAYER_EXPORT VKAPI_ATTR VkResult VKAPI_CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *is) {
  is->pfnGetInstanceProcAddr = address;
  is->pfnGetDeviceProcAddr = NULL;
  is->pfnGetPhysicalDeviceProcAddr = NULL;
  if (is->loaderLayerInterfaceVersion > 2) is->loaderLayerInterfaceVersion = 2;
  return VK_SUCCESS;
}
